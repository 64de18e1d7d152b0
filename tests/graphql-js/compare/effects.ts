import type { GraphQLSchema } from 'graphql'

import { APP, type Effect, effect } from '../generate/effects.ts'
import { member } from '../json.ts'
import { Oracle } from '../oracle/oracle.ts'
import { type Grant, grantsOf, type Record, recordsOf } from '../oracle/records.ts'
import type { Effects } from '../oracle/resolvers.ts'
import { Random } from '../random.ts'
import { Client } from '../server/client.ts'
import type { User, World } from '../server/world.ts'
import { difference } from './differences.ts'
import type { Tally } from './tally.ts'

type Held = { readonly records: readonly Record[]; readonly grants: readonly Grant[] }

async function heldOf(world: World, user: User): Promise<Held> {
  return { records: await recordsOf(world, user, false), grants: await grantsOf(world, user) }
}

/** What graphql-js did. */
class Ledger implements Effects {
  readonly done = { connectProvider: 0, refreshProviderToken: 0, disconnectProvider: 0, grantProviderAccess: 0, revokeProviderAccess: 0 }
  readonly records: Record[]
  readonly grants: Grant[]
  readonly #before: Held
  readonly #after: Held

  constructor(before: Held, after: Held) {
    this.#before = before
    this.#after = after
    this.records = [...before.records]
    this.grants = [...before.grants]
  }

  connect(): Record {
    this.done.connectProvider += 1
    return this.#held(this.#after)
  }

  refresh(): Record {
    this.done.refreshProviderToken += 1
    return this.#held(this.#after)
  }

  disconnect(): unknown {
    this.done.disconnectProvider += 1
    this.records.length = 0
    return this.#held(this.#before).plain
  }

  grant(): Grant {
    this.done.grantProviderAccess += 1
    const [grant] = this.#after.grants
    if (grant === undefined) throw new Error('the server holds no grant that graphql-js has one of')
    this.grants.push(grant)
    return grant
  }

  revoke(): void {
    this.done.revokeProviderAccess += 1
    this.grants.length = 0
  }

  #held({ records }: Held): Record {
    const [record] = records
    if (record === undefined) throw new Error('the server holds no connection that graphql-js has one of')
    return record
  }
}

/**
 * Sends mutations that do something, each for a user of its own, and compares the answers, and how often
 * it was done by what the server and Nhost Auth noted.
 */
export async function compareEffects(world: World, schema: GraphQLSchema, seed: number, count: number, tally: Tally): Promise<void> {
  for (let index = 0; index < count; index++) {
    const made = effect(Random.of(seed + 1, index))
    const user = await world.user(`effect-${index}@example.com`)
    if (made.mutation === 'connectProvider') await world.signIn(user, 'google', { lifetime: 86_400 })
    else await world.connect(user, 'google')
    if (made.mutation === 'revokeProviderAccess') await world.grant(user, APP, 'google')
    const what = await differs(world, schema, user, made)
    tally.effects += 1
    if (what !== null) tally.findings.push({ request: made.request, ...what })
  }
}

async function differs(world: World, schema: GraphQLSchema, user: User, { mutation, request }: Effect) {
  const before = await heldOf(world, user)
  await world.control('calls', undefined, 'DELETE')
  const client = new Client(world.graphql, { reader: user, watcher: user })
  const answer = await client.ask(request, false)
  const calls = await world.control('calls', undefined, 'GET')
  const after = await heldOf(world, user)
  const ledger = new Ledger(before, after)
  const holder = { userId: user.id, records: ledger.records, grants: ledger.grants, readsTokens: false }
  const oracle = new Oracle(schema, new Map([['watcher', holder]]), new Map())
  const expected = await oracle.ask(request, ledger)
  if (expected === null) throw new Error('what has effects is compared')
  const what = difference(expected, answer) ?? miscounted(mutation, ledger.done[mutation], before, after, calls)
  return what === null ? null : { what, answer: answer.body }
}

/** Once, and only where graphql-js did it: by the events, the connections, and the calls to Nhost Auth and to Google. */
function miscounted(mutation: Effect['mutation'], times: number, before: Held, after: Held, calls: unknown): string | null {
  const called = (endpoint: string) => (Array.isArray(calls) ? calls.filter((call) => member(call, 'endpoint') === endpoint).length : 0)
  const events = (kinds: string[]) => after.records.flatMap((record) => record.events).filter((event) => kinds.includes(`${member(event, 'kind')}`)).length
  const once = Math.min(times, 1)
  const expectations = (): [string, number, number][] => {
    switch (mutation) {
      case 'connectProvider':
        // Under another alias it is asked for again: a newer sign-in would count.
        return [['CONNECTED events', events(['CONNECTED']), once], ['calls for a session', called('providerTokens'), times]]
      case 'refreshProviderToken':
        return [['REFRESHED and ROTATED events', events(['REFRESHED', 'ROTATED']), once], ['calls to Google', called('providerToken'), once]]
      case 'disconnectProvider':
        return [['connections left', after.records.length, before.records.length - once]]
      case 'grantProviderAccess':
        return [['ACCESS_GRANTED events', events(['ACCESS_GRANTED']), times], ['grants', after.grants.length, times]]
      case 'revokeProviderAccess':
        return [['ACCESS_REVOKED events', events(['ACCESS_REVOKED']), times], ['grants left', after.grants.length, before.grants.length - times]]
    }
  }
  const wrong = expectations().find(([, found, wanted]) => found !== wanted)
  return wrong === undefined ? null : `graphql-js did it ${times} times; ${wrong[0]}: ${wrong[1]}, not ${wrong[2]}`
}
