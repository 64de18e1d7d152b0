import { list, member, text } from '../json.ts'
import { REDIRECTS } from '../generate/hints.ts'
import type { User, World } from '../server/world.ts'

/** A connection as the server holds it. */
export type Record = {
  /** The fields that have no arguments. */
  readonly plain: { readonly [field: string]: unknown }
  readonly provider: string
  /** Null: an error instead of a token. */
  readonly accessToken: string | null
  /** Newest first, those but reads of the access token. */
  readonly events: readonly unknown[]
  /** The sign-in address by the address that it comes back to; the empty text: none. */
  readonly signIn: ReadonlyMap<string, string>
}

const EVENT_KINDS_BUT_READS = ['CONNECTED', 'REFRESHED', 'ROTATED', 'REFRESH_FAILED', 'REAUTHENTICATION_REQUIRED', 'DISCONNECTED', 'REVOKED', 'REVOCATION_UNSUPPORTED', 'REVOCATION_FAILED', 'KEY_ROTATED', 'ACCESS_GRANTED', 'ACCESS_REVOKED', 'ACCOUNT_CHANGED', 'ACCOUNT_READ', 'SCOPES_CHANGED', 'EXPIRES_SOON']

const RECORD = `
  id userId provider status expiresAt refreshable connectedAt refreshedAt
  account { id email login name avatarUrl profileUrl } accountUnavailableBecause
  lastFailure { code message at retryAt }
  events(first: 100, kinds: [${EVENT_KINDS_BUT_READS.join(' ')}]) { id kind actor clientId at times code evidence }`

/** What the user has granted, as the server holds it. */
export type Grant = { readonly plain: { readonly [field: string]: unknown }; readonly clientId: string; readonly provider: string }

/** All grants of the user, by a plain document. */
export async function grantsOf(world: World, user: User): Promise<Grant[]> {
  const answer = await world.ask(user, '{ providerAccessGrants { clientId provider userId grantedAt lastUsedAt } }')
  return list(answer, 'providerAccessGrants').map((grant) => ({ plain: plain(grant), clientId: text(grant, 'clientId'), provider: text(grant, 'provider') }))
}

/** All connections of the user, by plain documents. `reads`: with their access tokens. */
export async function recordsOf(world: World, user: User, reads: boolean): Promise<Record[]> {
  const answer = await world.ask(user, `{ providerConnections { ${RECORD} ${reads ? 'accessToken' : ''} } }`)
  const connections = list(answer, 'providerConnections')
  return await Promise.all(
    connections.map(async (connection) => {
      const provider = text(connection, 'provider')
      const token = member(connection, 'accessToken')
      return {
        plain: plain(connection),
        provider,
        accessToken: typeof token === 'string' ? token : null,
        events: list(connection, 'events'),
        signIn: await signInUrls(world, user, provider),
      }
    }),
  )
}

/** Of one provider, by the address that is come back to. */
export async function signInUrls(world: World, user: User, provider: string): Promise<ReadonlyMap<string, string>> {
  const fields = REDIRECTS.map((to, at) => `r${at}: providerSignInUrl(provider: ${provider}, redirectTo: ${JSON.stringify(to)})`)
  const answer = await world.ask(user, `{ none: providerSignInUrl(provider: ${provider}) ${fields.join(' ')} }`)
  return new Map([['', text(answer, 'none')], ...REDIRECTS.map((to, at): [string, string] => [to, text(answer, `r${at}`)])])
}

function plain(found: unknown): { readonly [field: string]: unknown } {
  return { __proto__: null, ...(typeof found === 'object' ? found : {}) }
}
