import { moment } from '../../element/src/json.js'
import { callApi } from './callApi.ts'
import { Caller, type Credentials } from './caller.ts'
import { errorOf, offline } from './errorOf.ts'
import type { ProviderConnectionsError } from './errors.ts'
import * as operations from './generated.ts'
import type { OAuthProvider, TypedDocumentString } from './generated.ts'
import { notConnectedMessage } from './messages.ts'
import { type AccessToken, AccessTokens } from './tokens.ts'

export type ClientOptions = Credentials & {
  /** The server's GraphQL address, or Hasura's where it is a remote schema of it. */
  endpoint: string
  /** Sent with every call: `x-hasura-role`, say. */
  headers?: Record<string, string>
  /** The time in milliseconds since 1970, for tests. */
  now?: () => number
}

/** Whose connection; the caller's own where it is left out. Another user's is for a service alone. */
interface Whose {
  userId?: string | null | undefined
}

export interface AccessTokenOptions extends Whose {
  /** How long it has to live yet, in seconds, 0 to 3600; 60 where it is left out. */
  minValidFor?: number
  /** The one that the provider's API has just answered 401 to. */
  refused?: string | undefined
}

/** What could be answered, and an error for each field that could not. */
export interface PartialAnswer<Data> {
  data: Data
  errors: readonly ProviderConnectionsError[]
}

/** Calls a provider-connections server. One for an app, or for a request on a server; see `createClient`. */
export class ProviderConnectionsClient {
  readonly #caller: Caller
  readonly #tokens: AccessTokens
  /** Whose tokens are held, where users call for themselves. */
  #user: string | null = null

  constructor(options: ClientOptions) {
    const { endpoint, headers = {}, now = () => Date.now() } = options
    this.#caller = new Caller(endpoint, options, headers, now)
    this.#tokens = new AccessTokens(now)
  }

  /**
   * An access token for the provider's API: from memory while it lives for `minValidFor` seconds yet, else from the server,
   * which refreshes it first if need be. Calls side by side ask once. When another user signs in, the former one's are forgotten.
   * @throws {ProviderConnectionsError} `SignInAgainError`, `RetryLaterError` …
   */
  async getAccessToken(provider: OAuthProvider, { userId, minValidFor = 60, refused }: AccessTokenOptions = {}): Promise<string> {
    const user = await this.#caller.user()
    if (user !== this.#user) this.#tokens.forget()
    this.#user = user
    const [as, variables] = [user ?? undefined, { provider, userId, minValidFor }]
    return await this.#tokens.get(keyOf(userId ?? user, provider), { minValidFor, refused }, {
      read: async () => tokenIn((await this.#whole(operations.ProviderAccessTokenDocument, variables, as)).providerConnection, provider),
      renew: async () => tokenIn((await this.#whole(operations.RenewProviderAccessTokenDocument, variables, as)).refreshProviderToken, provider),
    })
  }

  /**
   * `fetch` with the user's access token, and once more with another one after a 401. `url` is the provider's API, and never
   * an address that came from somewhere else: it is sent the token.
   */
  async fetch(provider: OAuthProvider, url: string, init: RequestInit = {}, options: Whose = {}): Promise<Response> {
    return await callApi(async ({ refused } = {}) => await this.getAccessToken(provider, { ...options, refused }), url, init)
  }

  /** Forgets the access tokens that are held: when the user signs out, say. */
  forget(): void {
    this.#tokens.forget()
  }

  /** The connections, ordered by provider. `scopes`: what the app needs, for `missingScopes` of each. */
  async providerConnections(variables: operations.ProviderConnectionsQueryVariables = {}) {
    return (await this.request(operations.ProviderConnectionsDocument, variables)).providerConnections
  }

  /** null: not connected. */
  async providerConnection(provider: OAuthProvider, variables: Without<operations.ProviderConnectionQueryVariables> = {}) {
    return (await this.request(operations.ProviderConnectionDocument, { ...variables, provider })).providerConnection
  }

  /** What happened to a connection, newest first; null: not connected. */
  async providerConnectionEvents(provider: OAuthProvider, variables: Without<operations.ProviderConnectionEventsQueryVariables> = {}) {
    return (await this.request(operations.ProviderConnectionEventsDocument, { ...variables, provider })).providerConnection?.events ?? null
  }

  /** Where the browser goes to sign in with the provider; with `scopes`, to be asked for these. Needs nobody signed in. */
  async providerSignInUrl(provider: OAuthProvider, variables: Without<operations.ProviderSignInUrlQueryVariables> = {}) {
    return (await this.request(operations.ProviderSignInUrlDocument, { ...variables, provider })).providerSignInUrl
  }

  /** Where the browser goes to sign in with the provider again; null: not connected. */
  async reauthenticationUrl(provider: OAuthProvider, variables: Without<operations.ProviderReauthenticationUrlQueryVariables> = {}) {
    return (await this.request(operations.ProviderReauthenticationUrlDocument, { ...variables, provider })).providerConnection?.reauthenticationUrl ?? null
  }

  /** Takes what a sign-in with the provider has left at Nhost Auth: right after the browser is back. */
  async connectProvider(provider: OAuthProvider, variables: Without<operations.ConnectProviderMutationVariables> = {}) {
    return (await this.#changing(operations.ConnectProviderDocument, { ...variables, provider })).connectProvider
  }

  /** Renews the access token now; with `minValidFor` only if it would expire sooner. */
  async refreshProviderToken(provider: OAuthProvider, variables: Without<operations.RefreshProviderTokenMutationVariables> = {}) {
    return (await this.#changing(operations.RefreshProviderTokenDocument, { ...variables, provider })).refreshProviderToken
  }

  /** Removes the connection and its tokens. */
  async disconnectProvider(provider: OAuthProvider, variables: Without<operations.DisconnectProviderMutationVariables> = {}) {
    return (await this.#changing(operations.DisconnectProviderDocument, { ...variables, provider })).disconnectProvider
  }

  /** Makes a refresh token of another system a connection: for a service alone. */
  async importProviderConnection(variables: operations.ImportProviderConnectionMutationVariables) {
    return (await this.#changing(operations.ImportProviderConnectionDocument, variables)).importProviderConnection
  }

  /** Which apps may read access tokens of the user. */
  async providerAccessGrants(variables: operations.ProviderAccessGrantsQueryVariables = {}) {
    return (await this.request(operations.ProviderAccessGrantsDocument, variables)).providerAccessGrants
  }

  /** Lets an app that acts for the user read access tokens of this connection. */
  async grantProviderAccess(variables: operations.GrantProviderAccessMutationVariables) {
    return (await this.request(operations.GrantProviderAccessDocument, variables)).grantProviderAccess
  }

  /** Takes that back, for one provider or for all. */
  async revokeProviderAccess(variables: operations.RevokeProviderAccessMutationVariables) {
    return (await this.request(operations.RevokeProviderAccessDocument, variables)).revokeProviderAccess
  }

  /**
   * An operation of yours, generated by GraphQL Code Generator with `documentMode: 'string'`.
   * @throws {ProviderConnectionsError} The first error, though other fields were answered: see `requestPartially`.
   */
  async request<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
    return await this.#whole(document, variables)
  }

  /**
   * As `request`, where a field that fails leaves the others: each has an error with its `path`.
   * @throws {ProviderConnectionsError} Where nothing was answered.
   */
  async requestPartially<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<PartialAnswer<Data>> {
    return await this.#answer(document, variables)
  }

  /** What is held of a connection may be wrong, however the change has ended. */
  async #changing<Data, Variables extends { provider: OAuthProvider }>(document: TypedDocumentString<Data, Variables>, variables: Variables & Whose): Promise<Data> {
    try {
      return await this.request(document, variables)
    } finally {
      this.#tokens.forget(keyOf(variables.userId ?? this.#user, variables.provider))
    }
  }

  async #whole<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, as?: string): Promise<Data> {
    const { data, errors } = await this.#answer(document, variables, as)
    if (errors[0] !== undefined) throw errors[0]
    return data
  }

  async #answer<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, as?: string): Promise<PartialAnswer<Data>> {
    const { data, errors } = await this.#caller.send(document.toString(), variables, as)
    if (!isData<Data>(data)) throw errors[0] ?? offline()
    return { data, errors }
  }
}

type Without<Variables> = Omit<Variables, 'provider'>

/** A client for one app, or for one request on a server: see `ProviderConnectionsClient`. */
export function createClient(options: ClientOptions): ProviderConnectionsClient {
  return new ProviderConnectionsClient(options)
}

function keyOf(user: string | null, provider: OAuthProvider): string {
  return `${user ?? ''} ${provider}`
}

/** A server answers what its schema says, and the types are generated from that. */
function isData<Data>(data: unknown): data is Data {
  return typeof data === 'object' && data !== null
}

function tokenIn(connection: operations.AccessTokenFragment | null, provider: OAuthProvider): AccessToken {
  const accessToken = connection?.accessToken ?? null
  if (accessToken === null) throw errorOf('NOT_CONNECTED', notConnectedMessage(provider), { provider })
  return { accessToken, expiresAt: moment(connection?.expiresAt) }
}
