import { field, text } from '../../element/src/json.js'
import { beginSignIn } from '../../element/src/round-trip.js'
import { Session } from '../../element/src/session.js'
import { revocationOf } from './answers.ts'
import { Asker } from './asker.ts'
import { documents } from './documents.ts'
import { Failure, failureOf } from './failures.ts'
import type { TokenKeeper } from './keeper.ts'
import { ConnectionList } from './list.ts'
import { NO_SIGN_IN_ADDRESS } from '../../client/src/messages.ts'
import type { Answer } from '../../client/src/post.ts'
import { Tokens } from './tokens.ts'
import type { Connection, NeededScopes, OAuthProvider, Revocation, SessionSource } from './types.ts'

export interface ClientOptions {
  /** The server's GraphQL address, or Hasura's where it is a remote schema of it. */
  endpoint: string
  session: SessionSource
  /** `auto`: hears of changes over a WebSocket, and asks every ten seconds where it can't; `off`: only asks. */
  live?: 'auto' | 'off'
  /** What the app needs of each provider: `missingScopes` of a connection says what of it the user has not granted. */
  scopes?: NeededScopes
  /** `providerConnections` as a server has read it, to be shown until the first answer is there. Never with access tokens. */
  initial?: readonly Connection[]
}

export interface SignInUrlOptions {
  /** What the user is asked for, of the scopes that the operator has configured: `missingScopes` of a connection, say. */
  scopes?: readonly string[]
}

/**
 * A user's connections and access tokens. Nothing is asked for until somebody listens, so that one may be made where a
 * page is rendered on a server. One is enough for an app: it notices when another user signs in, and forgets the first.
 */
export class ProviderConnections {
  readonly #asker: Asker
  readonly #tokens: Tokens
  readonly #source: SessionSource
  /** The connections, kept up to date while somebody listens. */
  readonly list: ConnectionList

  constructor({ endpoint, session: source, live = 'auto', scopes = {}, initial }: ClientOptions) {
    const session = new Session(() => Date.now())
    session.source = source.jwt
    this.#source = source
    const current = () => source.user?.()
    this.#asker = new Asker(endpoint, session, current, current() ?? initial?.[0]?.userId ?? null, () => this.#forget())
    this.list = new ConnectionList({
      asker: this.#asker,
      session,
      endpoint,
      live: live === 'auto',
      needed: scopes,
      initial,
      changed: (provider) => this.#tokens.changed(provider),
      follow: () => this.#follow(),
    })
    this.#tokens = new Tokens(this.#asker, this.list.retain)
  }

  /** The access token of one provider, kept fresh while somebody listens. */
  token(provider: OAuthProvider): TokenKeeper {
    return this.#tokens.of(provider)
  }

  /**
   * Takes what a sign-in with the provider has left behind at Nhost Auth. Call it once the browser is back from there and
   * the app has its session.
   * @throws {Failure} `PROVIDER_SESSION_NOT_FOUND` where no sign-in has left anything …
   */
  readonly connect = async (provider: OAuthProvider): Promise<void> =>
    void (await this.#act(provider, async () => await this.#asker.askForAnyone(documents.connect, { provider })))

  /**
   * Renews the access token now, whatever its expiry says.
   * @throws {Failure} `REAUTHENTICATION_REQUIRED`, `UPSTREAM_UNAVAILABLE` …
   */
  readonly refresh = async (provider: OAuthProvider): Promise<void> =>
    void (await this.#act(provider, async () => await this.#asker.ask(documents.refresh, { provider })))

  /** Removes the connection and its tokens, and answers what became of the grant at the provider. */
  readonly disconnect = async (provider: OAuthProvider): Promise<Revocation> => {
    const { data } = await this.#act(provider, async () => await this.#asker.ask(documents.disconnect, { provider }))
    return revocationOf(field(field(data, 'disconnectProvider'), 'revocation'))
  }

  /**
   * Where the browser goes to sign in with the provider: at once, since this tab remembers that it has begun (see
   * `takeSignIn`). `redirectTo` is where it comes back to, of the page's own origin. Where there is no page (on a server, in
   * React Native) nothing is remembered: bind what comes back by a `state` of your own. With `scopes` the provider asks the user
   * for these, whatever they have granted or refused before.
   * @throws {Failure} `REDIRECT_REFUSED`, `STORAGE_BLOCKED`, `SCOPE_NOT_CONFIGURED` …
   */
  readonly signInUrl = async (provider: OAuthProvider, redirectTo: string, { scopes = [] }: SignInUrlOptions = {}): Promise<string> => {
    const back = globalThis.document === undefined ? { redirectTo, state: null } : await beginSignIn(provider, { redirectTo })
    const to = { provider, redirectTo: back.redirectTo }
    // A server of an earlier release knows no scopes.
    const { data } = await (scopes.length === 0
      ? this.#asker.askAsNobody(documents.signInUrl, to)
      : this.#asker.askAsNobody(documents.signInUrlForScopes, { ...to, scopes }))
    const url = text(field(data, 'providerSignInUrl'))
    if (url === null) throw new Failure('INTERNAL', NO_SIGN_IN_ADDRESS)
    if (back.state === null) return url
    const marked = new URL(url)
    marked.searchParams.set('state', back.state)
    return marked.href
  }

  /**
   * The user has signed in or out, or the JWT is another: what is another user's is forgotten at once. Call it where
   * `session` has no `onChange`. Without `user` nobody knows yet whose the JWT is, and all is forgotten and read anew.
   */
  readonly sessionChanged = (): void => {
    if (this.#source.user === undefined) this.#asker.become(null)
    else this.#asker.follow()
  }

  async #act(provider: OAuthProvider, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask()
    } catch (thrown) {
      throw failureOf(thrown)
    } finally {
      this.#tokens.changed(provider)
      // Either way the list shows what has become of the connection.
      void this.list.refetch()
    }
  }

  #forget(): void {
    // All of it before anybody is told: nothing shows one user's beside another's.
    this.#tokens.forget()
    this.list.forget()
    this.#tokens.restart()
    this.list.restart()
  }

  #follow(): () => void {
    // Somebody may have signed in since the last look.
    this.#asker.follow()
    return this.#source.onChange?.(this.sessionChanged) ?? (() => undefined)
  }
}

/** A client for one app: see `ProviderConnections`. */
export function createProviderConnections(options: ClientOptions): ProviderConnections {
  return new ProviderConnections(options)
}
