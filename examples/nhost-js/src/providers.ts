import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { NhostClient } from '@nhost/nhost-js'

import {
  AccessTokenDocument,
  type ConnectionFragment,
  ConnectProviderDocument,
  DisconnectProviderDocument,
  OAuthProvider,
  ProviderConnectionsDocument,
  RefreshProviderTokenDocument,
} from './generated.ts'
import { Problem } from './problem.ts'
import { Tab } from './tab.ts'

/** How often a call is tried where an upstream is down. */
const ATTEMPTS = 3
/** How long an access token has to live yet, in seconds, for one call of a provider's API. */
const MIN_VALID_FOR = 60

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

export interface Options {
  /** Sent with every call of the server: `x-hasura-role`, say. */
  headers?: Record<string, string>
  /** How it waits before it tries again; a test does otherwise. */
  wait?: (milliseconds: number) => Promise<void>
  tab?: Tab
}

/** What an app does with its users' provider connections. One for each Nhost client. */
export class Providers {
  readonly #nhost: NhostClient
  readonly #headers: Record<string, string>
  readonly #wait: (milliseconds: number) => Promise<void>
  readonly #tab: Tab
  readonly #callbacks = new Map<string, Promise<ConnectionFragment>>()

  constructor(nhost: NhostClient, { headers = {}, wait = sleep, tab = new Tab() }: Options = {}) {
    this.#nhost = nhost
    // nhost-js sends these in place of its own: without the type of the body, the request would be declared as text.
    this.#headers = { 'content-type': 'application/json', ...headers }
    this.#wait = wait
    this.#tab = tab
  }

  /** Where the button "Sign in with …" leads. The browser comes back to `page`: see `connectAfterCallback`. */
  signInUrl(provider: OAuthProvider, page: string): string {
    return this.#nhost.auth.signInProviderURL(provider, { redirectTo: returnTo(page), state: this.#tab.stateOf(provider) })
  }

  /**
   * Where the button "Add …" of a user who is signed in leads: it links one more account to this user, where a sign-in
   * might end in another one. An account that is linked already is refused; for that one there is `signInAgainUrl`.
   */
  async linkUrl(provider: OAuthProvider, page: string): Promise<string> {
    const session = await this.#nhost.refreshSession()
    if (session === null) throw new Error('Nobody is signed in: use signInUrl.')
    return this.#nhost.auth.signInProviderURL(provider, { connect: session.accessToken, redirectTo: returnTo(page), state: this.#tab.stateOf(provider) })
  }

  /** Where the button "Sign in again" of such a problem leads; undefined: signing in does not help. */
  signInAgainUrl(problem: Problem, page: string): string | undefined {
    const { reauthenticationUrl, provider } = problem
    if (reauthenticationUrl === undefined || provider === undefined) return undefined
    const url = new URL(reauthenticationUrl)
    url.searchParams.set('redirectTo', returnTo(page))
    url.searchParams.set('state', this.#tab.stateOf(provider))
    return url.href
  }

  /**
   * Call this with `location.href` as soon as the app has loaded; undefined: nobody comes back from a sign-in that this tab
   * has begun, and a `refreshToken` in the address may be anybody's: leave it. It may be called twice (React's StrictMode
   * does): Nhost's refresh token in the address is good for one exchange. Then clear the address:
   * `history.replaceState(null, '', location.pathname)`. Call it on the app's front page (Nhost Auth's AUTH_CLIENT_URL) as
   * well: there a sign-in ends that the user has refused.
   */
  async connectAfterCallback(href: string): Promise<ConnectionFragment | undefined> {
    const joined = this.#callbacks.get(href)
    if (joined !== undefined) return await joined
    const parameters = new URL(href).searchParams
    const provider = this.#tab.take(parameters.get('state'))
    if (!isProvider(provider)) return undefined
    // Whoever has linked an account comes back without one, and has a session already.
    const refreshToken = parameters.get('refreshToken')
    if (refreshToken === null && !parameters.has('error') && this.#nhost.getUserSession() === null) return undefined
    const connected = this.#exchange(provider, refreshToken, parameters.has('error'))
    this.#callbacks.set(href, connected)
    return await connected
  }

  /** Connects once more: for the button "Try again" where `connectAfterCallback` met an upstream that was down. */
  async connect(provider: OAuthProvider): Promise<ConnectionFragment> {
    return (await this.#request(ConnectProviderDocument, { provider })).connectProvider
  }

  /** The user's connections, without access tokens. */
  async connections(): Promise<ConnectionFragment[]> {
    return (await this.#request(ProviderConnectionsDocument, {})).providerConnections
  }

  /**
   * `fetch` with the user's access token for this provider. `url` is the provider's API, and never an address that came
   * from somewhere else: it is sent the token.
   */
  async fetch(provider: OAuthProvider, url: string, init: RequestInit = {}): Promise<Response> {
    const send = async (accessToken: string) => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${accessToken}`)
      return await fetch(url, { ...init, headers })
    }
    const response = await send(await this.#accessToken(provider))
    if (response.status !== 401) return response
    // The token has ended before its time: another one, and if that does not do either, it is the app's to say so.
    const { refreshProviderToken } = await this.#request(RefreshProviderTokenDocument, { provider })
    return refreshProviderToken.accessToken === null ? response : await send(refreshProviderToken.accessToken)
  }

  async disconnect(provider: OAuthProvider): Promise<void> {
    await this.#request(DisconnectProviderDocument, { provider })
  }

  async #exchange(provider: OAuthProvider, refreshToken: string | null, refused: boolean): Promise<ConnectionFragment> {
    // The address has a description, too, which anybody can write: it is not shown.
    if (refused) throw new Error(`The sign-in with ${provider} did not work. Try again.`)
    if (refreshToken !== null) await this.#nhost.auth.refreshToken({ refreshToken })
    return await this.connect(provider)
  }

  /** Asked for each time, and kept nowhere: the server keeps it, fresh and sealed. */
  async #accessToken(provider: OAuthProvider): Promise<string> {
    const { providerConnection } = await this.#request(AccessTokenDocument, { provider, minValidFor: MIN_VALID_FOR })
    const accessToken = providerConnection?.accessToken ?? null
    if (accessToken !== null) return accessToken
    const reauthenticationUrl = this.#nhost.auth.signInProviderURL(provider)
    throw new Problem(`Sign in with ${provider} first.`, { code: 'NOT_CONNECTED', provider, reauthenticationUrl })
  }

  /** Tries again what may succeed then. Throws a `Problem` for a GraphQL error, and else what nhost-js throws. */
  async #request<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
    for (let attempt = 1, renewed = false; ; ) {
      try {
        const { body } = await this.#nhost.graphql.request(document, variables, { headers: this.#headers })
        if (body.data === undefined) throw new Error('The GraphQL server answered neither data nor errors.')
        return body.data
      } catch (thrown) {
        const problem = Problem.in(thrown)
        if (problem === undefined) throw thrown
        if (problem.reason === 'jwt-expired' && !renewed) {
          // nhost-js renews the session in time by this machine's clock, which may be slow.
          renewed = true
          if ((await this.#nhost.refreshSession(0)) === null) throw problem
        } else if (problem.retryAfter !== undefined && attempt < ATTEMPTS) {
          attempt += 1
          await this.#wait(problem.retryAfter * 1000)
        } else {
          throw problem
        }
      }
    }
  }
}

/** The page, without what an earlier sign-in has left in its address. */
function returnTo(page: string): string {
  const url = new URL(page)
  for (const name of ['refreshToken', 'error', 'errorDescription', 'state']) url.searchParams.delete(name)
  return url.href
}

function isProvider(text: string | undefined): text is OAuthProvider {
  return Object.values<string | null>(OAuthProvider).includes(text ?? null)
}
