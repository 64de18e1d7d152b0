import { GraphQLError } from 'graphql'

import { member } from '../json.ts'
import type { Grant, Record } from './records.ts'

type Arguments = { readonly [name: string]: unknown }

/** What is executed would change something, or is not modelled here: it is not compared. */
export class NotCompared extends Error {}

/** Who calls, and what is theirs. */
export type Holder = { userId: string; records: readonly Record[]; grants: readonly Grant[]; readsTokens: boolean } | null

/** Mutations that do something, where a document is allowed to; none otherwise. */
export type Effects = {
  connect(provider: string): Record
  refresh(provider: string): Record
  disconnect(provider: string): unknown
  grant(clientId: string, provider: string): Grant
  revoke(grants: readonly Grant[]): void
}

/** Providers that don't say which account an access token is of. */
const NEVER_SAY = ['apple', 'twitter', 'windowslive']

const fail = (code: string): never => {
  throw new GraphQLError(code)
}

/** The root of all three operations, as this server's rules have it. */
export function rootFor(holder: Holder, signIn: ReadonlyMap<string, ReadonlyMap<string, string>>, effects: Effects | null) {
  const own = (args: Arguments) => {
    if (holder === null) return fail('UNAUTHENTICATED')
    const wanted = args['userId']
    if (typeof wanted === 'string' && hex(wanted) !== hex(holder.userId)) return fail('FORBIDDEN')
    return holder
  }
  const find = (args: Arguments) => own(args).records.find(({ provider }) => provider === args['provider'])
  const connection = (record: Record | undefined) => (record === undefined ? fail('NOT_CONNECTED') : connectionOf(record, holder))
  return {
    providerConnections(args: Arguments) {
      const { records } = own(args)
      const wanted = args['providers']
      if (!Array.isArray(wanted)) return records.map((record) => connectionOf(record, holder))
      const names: unknown[] = wanted
      if (new Set(names).size < names.length) return fail('BAD_USER_INPUT')
      return records.filter(({ provider }) => names.includes(provider)).map((record) => connectionOf(record, holder))
    },
    providerConnection(args: Arguments) {
      const record = find(args)
      return record === undefined ? null : connectionOf(record, holder)
    },
    providerAccessGrants(args: Arguments) {
      const { grants } = own(args)
      const client = args['clientId']
      return (typeof client === 'string' ? byClient(grants, client) : grants).map(({ plain }) => plain)
    },
    providerSignInUrl: (args: Arguments) => urlOf(signIn.get(`${args['provider']}`), args['redirectTo']),
    connectProvider(args: Arguments) {
      own(args)
      const expected = args['expectAccountId']
      if (typeof expected === 'string') {
        const length = Buffer.byteLength(expected)
        if (length < 1 || length > 256 || NEVER_SAY.includes(`${args['provider']}`)) return fail('BAD_USER_INPUT')
        if (effects !== null) throw new NotCompared('compares an account')
      }
      if (effects !== null) return connection(effects.connect(`${args['provider']}`))
      if (find(args) !== undefined) throw new NotCompared('connects again')
      return fail('PROVIDER_SESSION_NOT_FOUND')
    },
    refreshProviderToken(args: Arguments) {
      const seconds = args['minValidFor']
      const record = find(args)
      if (typeof seconds === 'number' && !inRange(seconds, 0, 3600)) return fail('BAD_USER_INPUT')
      if (record === undefined) return fail('NOT_CONNECTED')
      if (effects !== null) return connection(effects.refresh(record.provider))
      if (record.accessToken === null) throw new NotCompared('asks the provider again')
      if (typeof seconds !== 'number') {
        if (record.plain['refreshable'] !== true) return fail('NOT_REFRESHABLE')
        throw new NotCompared('renews a token')
      }
      return connectionOf(record, holder)
    },
    disconnectProvider(args: Arguments) {
      const record = find(args)
      if (record === undefined) return fail('NOT_CONNECTED')
      if (effects === null) throw new NotCompared('disconnects')
      return effects.disconnect(record.provider)
    },
    importProviderConnection(args: Arguments) {
      own(args)
      return fail('FORBIDDEN')
    },
    grantProviderAccess(args: Arguments) {
      const { grants } = own(args)
      const known = byClient(grants, args['clientId']).find(({ provider }) => provider === args['provider'])
      if (known !== undefined) return known.plain
      const record = find(args)
      if (record === undefined) return fail('NOT_CONNECTED')
      if (effects === null) throw new NotCompared('grants access')
      return effects.grant(`${args['clientId']}`, record.provider).plain
    },
    revokeProviderAccess(args: Arguments) {
      const { grants } = own(args)
      const wanted = args['provider']
      const revoked = byClient(grants, args['clientId']).filter(({ provider }) => typeof wanted !== 'string' || provider === wanted)
      if (revoked.length === 0) return []
      if (effects === null) throw new NotCompared('revokes access')
      effects.revoke(revoked)
      return revoked.map(({ plain }) => plain)
    },
    providerConnectionChanged: (args: Arguments) => ({ userId: own(args).userId, provider: null, event: null }),
  }
}

function connectionOf(record: Record, holder: Holder) {
  return {
    ...record.plain,
    accessToken({ minValidFor }: Arguments) {
      if (!inRange(minValidFor, 0, 3600)) return fail('BAD_USER_INPUT')
      return record.accessToken ?? fail('REAUTHENTICATION_REQUIRED')
    },
    events({ first, after, kinds }: Arguments) {
      if (!inRange(first, 1, 100)) return fail('BAD_USER_INPUT')
      const known = record.events.findIndex((event) => member(event, 'id') === after)
      if (typeof after === 'string' && known < 0) return eventsAfter(after, record, holder)
      const wanted: unknown[] | null = Array.isArray(kinds) ? kinds : null
      const page = record.events
        .slice(known + 1)
        .filter((event) => wanted === null || wanted.includes(member(event, 'kind')))
        .slice(0, typeof first === 'number' ? first : 0)
      const grows = holder?.readsTokens === true && typeof after !== 'string' && (wanted === null || wanted.includes('TOKEN_READ'))
      if (grows) throw new NotCompared('lists reads of access tokens')
      return page
    },
    reauthenticationUrl: ({ redirectTo }: Arguments) => urlOf(record.signIn, redirectTo),
  }
}

/** A client id is visible ASCII. */
function byClient(grants: readonly Grant[], wanted: unknown): Grant[] {
  if (typeof wanted !== 'string' || !/^[!-~]{1,1024}$/.test(wanted)) return fail('BAD_USER_INPUT')
  return grants.filter(({ clientId }) => clientId === wanted)
}

/** After an event that is not of this connection. */
function eventsAfter(after: string, record: Record, holder: Holder): unknown[] {
  const others = holder?.records.some(({ events }) => events.some((event) => member(event, 'id') === after))
  if (others === true) throw new NotCompared(`after an event of another connection than ${record.provider}'s`)
  return fail('BAD_USER_INPUT')
}

function urlOf(signIn: ReadonlyMap<string, string> | undefined, redirectTo: unknown): string {
  if (typeof redirectTo === 'string' && redirectTo === '') return fail('BAD_USER_INPUT')
  return signIn?.get(typeof redirectTo === 'string' ? redirectTo : '') ?? fail('BAD_USER_INPUT')
}

function inRange(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

function hex(uuid: string): string {
  return uuid.toLowerCase().replace('urn:uuid:', '').replace(/[-{}]/g, '')
}
