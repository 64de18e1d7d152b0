// Generated from operations.graphql and schema.graphql by generate.js: npm run build
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from './decoration.ts';
/** An OAuth provider, by Nhost's own id: the string that nhost-js takes too. */
export type OAuthProvider =
  /** Sign in with Apple. */
  | 'apple'
  /** Azure Active Directory, by its version 1 endpoints. */
  | 'azuread'
  /** Bitbucket. */
  | 'bitbucket'
  /** Discord. */
  | 'discord'
  /** Microsoft Entra ID. */
  | 'entraid'
  /** Facebook. */
  | 'facebook'
  /** GitHub. */
  | 'github'
  /** GitLab. */
  | 'gitlab'
  /** Google. */
  | 'google'
  /** LinkedIn. */
  | 'linkedin'
  /** Spotify. */
  | 'spotify'
  /** Strava. */
  | 'strava'
  /** Twitch. */
  | 'twitch'
  /** Twitter, by OAuth 1: its tokens have no expiry, and can't be refreshed. */
  | 'twitter'
  /** Microsoft accounts (Windows Live). */
  | 'windowslive'
  /** WorkOS. */
  | 'workos';

/** Why a connection has no `account`. */
export type ProviderAccountUnavailable =
  /**
   * The provider has not answered yet: it is asked about a second after a sign-in, and again if it
   * can't be reached. Of a connection that is older than this field, it is asked after the next
   * sign-in.
   */
  | 'NOT_ASKED_YET'
  /** The provider has no way to say which account an access token is of. */
  | 'PROVIDER_HAS_NONE'
  /** The sign-in did not ask for the scope that the provider wants for it (docs/providers.md). */
  | 'SCOPE_MISSING'
  /**
   * The provider refused, could not be reached for hours, or named no account. It is asked again
   * after the next sign-in.
   */
  | 'NOT_ANSWERED'
  /** The operator has set `ACCOUNT_LOOKUP=off`. */
  | 'SWITCHED_OFF'
  /**
   * What is stored can't be opened: the operator restores the encryption key, or the user signs
   * in again.
   */
  | 'UNREADABLE';

/** On whose behalf something happened. */
export type ProviderConnectionEventActor =
  /** The user. */
  | 'USER'
  /** Hasura, a function or another service, for the user. */
  | 'SERVICE'
  /** This server by itself. */
  | 'WORKER'
  /** An OAuth app or MCP client that acts for the user, see `clientId`. */
  | 'CLIENT';

/** What happened to a connection. */
export type ProviderConnectionEventKind =
  /** The user signed in with the provider, and the tokens were fetched and kept. */
  | 'CONNECTED'
  /** The access token was handed out. */
  | 'TOKEN_READ'
  /** The access token was renewed. */
  | 'REFRESHED'
  /** The access token was renewed, and the provider gave another refresh token. */
  | 'ROTATED'
  /** The access token could not be renewed; it is tried again. */
  | 'REFRESH_FAILED'
  /** The grant was found to have been revoked or to have ended. */
  | 'REAUTHENTICATION_REQUIRED'
  /** The connection and its tokens were removed from this server. */
  | 'DISCONNECTED'
  /** The provider was told that the grant of a removed connection has ended. */
  | 'REVOKED'
  /** The provider can't be told that the grant has ended. */
  | 'REVOCATION_UNSUPPORTED'
  /** The provider was told again and again that the grant has ended, and did not listen. */
  | 'REVOCATION_FAILED'
  /** The stored tokens were sealed with another key. */
  | 'KEY_ROTATED'
  /** An app was granted access to the access token. */
  | 'ACCESS_GRANTED'
  /** An app's access was revoked. */
  | 'ACCESS_REVOKED'
  /** The user signed in with another account at the provider than before. */
  | 'ACCOUNT_CHANGED'
  /** The provider has said which account the tokens are of: `account` is known. */
  | 'ACCOUNT_READ'
  /** The tokens allow more or less than before: the scopes are others. */
  | 'SCOPES_CHANGED'
  /** The connection ends soon unless the user signs in with the provider again. */
  | 'EXPIRES_SOON';

/** What is known of a connection. */
export type ProviderConnectionStatus =
  /** All is well. */
  | 'ACTIVE'
  /**
   * The last refresh failed, and is tried again. An access token that is alive is still handed
   * out.
   */
  | 'REFRESH_FAILING'
  /**
   * The grant was revoked or has ended: the user signs in with the provider again, see
   * `reauthenticationUrl`.
   */
  | 'REAUTHENTICATION_REQUIRED';

/** What became of the grant at the provider. */
export type ProviderRevocation =
  /** The provider has ended it. */
  | 'REVOKED'
  /** The provider could not be told yet. This server tells it again until it listens. */
  | 'PENDING'
  /**
   * The provider can't be told, or this server has no client credentials for it: the grant
   * stays until the user ends it in the settings of their account there.
   */
  | 'UNSUPPORTED';

/** How scopes are known. */
export type ProviderScopesSource =
  /** The answer that brought the tokens named them. */
  | 'ANSWER'
  /** The provider was asked which scopes the tokens have. */
  | 'PROVIDER'
  /**
   * Nobody has said what was granted: the sign-in asked for these, and the user may have granted
   * less.
   */
  | 'REQUESTED';

export type ConnectionFragment = { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null };

export type AccessGrantFragment = { readonly clientId: string, readonly provider: OAuthProvider, readonly userId: string, readonly grantedAt: string, readonly lastUsedAt: string | null };

export type AccessTokenFragment = { readonly userId: string, readonly provider: OAuthProvider, readonly accessToken: string | null, readonly expiresAt: string | null };

export type ProviderConnectionsQueryVariables = Exact<{
  providers?: ReadonlyArray<OAuthProvider> | OAuthProvider | null | undefined;
  userId?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string;
}>;


export type ProviderConnectionsQuery = { readonly providerConnections: ReadonlyArray<{ readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null }> };

export type ProviderConnectionQueryVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string;
}>;


export type ProviderConnectionQuery = { readonly providerConnection: { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null } | null };

export type ProviderConnectionEventsQueryVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
  first?: number;
  after?: string | number | null | undefined;
  kinds?: ReadonlyArray<ProviderConnectionEventKind> | ProviderConnectionEventKind | null | undefined;
}>;


export type ProviderConnectionEventsQuery = { readonly providerConnection: { readonly events: ReadonlyArray<{ readonly id: string, readonly kind: ProviderConnectionEventKind, readonly actor: ProviderConnectionEventActor, readonly clientId: string | null, readonly at: string, readonly times: number, readonly code: string | null, readonly evidence: string | null }> | null } | null };

export type ProviderAccessTokenQueryVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
  minValidFor?: number;
}>;


export type ProviderAccessTokenQuery = { readonly providerConnection: { readonly userId: string, readonly provider: OAuthProvider, readonly accessToken: string | null, readonly expiresAt: string | null } | null };

export type RenewProviderAccessTokenMutationVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
  minValidFor?: number;
}>;


export type RenewProviderAccessTokenMutation = { readonly refreshProviderToken: { readonly userId: string, readonly provider: OAuthProvider, readonly accessToken: string | null, readonly expiresAt: string | null } };

export type ProviderSignInUrlQueryVariables = Exact<{
  provider: OAuthProvider;
  redirectTo?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string | null | undefined;
}>;


export type ProviderSignInUrlQuery = { readonly providerSignInUrl: string };

export type ProviderReauthenticationUrlQueryVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
  redirectTo?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string | null | undefined;
}>;


export type ProviderReauthenticationUrlQuery = { readonly providerConnection: { readonly reauthenticationUrl: string } | null };

export type ConnectProviderMutationVariables = Exact<{
  provider: OAuthProvider;
  expectAccountId?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string;
}>;


export type ConnectProviderMutation = { readonly connectProvider: { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null } };

export type RefreshProviderTokenMutationVariables = Exact<{
  provider: OAuthProvider;
  minValidFor?: number | null | undefined;
  userId?: string | null | undefined;
  scopes?: ReadonlyArray<string> | string;
}>;


export type RefreshProviderTokenMutation = { readonly refreshProviderToken: { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null } };

export type DisconnectProviderMutationVariables = Exact<{
  provider: OAuthProvider;
  userId?: string | null | undefined;
}>;


export type DisconnectProviderMutation = { readonly disconnectProvider: { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly revocation: ProviderRevocation, readonly disconnectedAt: string } };

export type ImportProviderConnectionMutationVariables = Exact<{
  userId: string;
  provider: OAuthProvider;
  refreshToken: string;
  replace?: boolean;
  reconnect?: boolean;
  retryInterrupted?: boolean;
  retryDead?: boolean;
  scopes?: ReadonlyArray<string> | string;
}>;


export type ImportProviderConnectionMutation = { readonly importProviderConnection: { readonly id: string, readonly userId: string, readonly provider: OAuthProvider, readonly accountUnavailableBecause: ProviderAccountUnavailable | null, readonly status: ProviderConnectionStatus, readonly expiresAt: string | null, readonly refreshTokenExpiresAt: string | null, readonly reconnectBy: string | null, readonly refreshable: boolean, readonly connectedAt: string, readonly refreshedAt: string | null, readonly scopes: ReadonlyArray<string> | null, readonly scopesSource: ProviderScopesSource | null, readonly missingScopes: ReadonlyArray<string> | null, readonly reauthenticationUrl: string, readonly account: { readonly id: string, readonly email: string | null, readonly login: string | null, readonly name: string | null, readonly avatarUrl: string | null, readonly profileUrl: string | null } | null, readonly lastFailure: { readonly code: string, readonly message: string, readonly at: string, readonly retryAt: string | null } | null } };

export type ProviderAccessGrantsQueryVariables = Exact<{
  userId?: string | null | undefined;
  clientId?: string | null | undefined;
}>;


export type ProviderAccessGrantsQuery = { readonly providerAccessGrants: ReadonlyArray<{ readonly clientId: string, readonly provider: OAuthProvider, readonly userId: string, readonly grantedAt: string, readonly lastUsedAt: string | null }> };

export type GrantProviderAccessMutationVariables = Exact<{
  clientId: string;
  provider: OAuthProvider;
  userId?: string | null | undefined;
}>;


export type GrantProviderAccessMutation = { readonly grantProviderAccess: { readonly clientId: string, readonly provider: OAuthProvider, readonly userId: string, readonly grantedAt: string, readonly lastUsedAt: string | null } };

export type RevokeProviderAccessMutationVariables = Exact<{
  clientId: string;
  provider?: OAuthProvider | null | undefined;
  userId?: string | null | undefined;
}>;


export type RevokeProviderAccessMutation = { readonly revokeProviderAccess: ReadonlyArray<{ readonly clientId: string, readonly provider: OAuthProvider, readonly userId: string, readonly grantedAt: string, readonly lastUsedAt: string | null }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ConnectionFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}
    `, {"fragmentName":"Connection"}) as unknown as TypedDocumentString<ConnectionFragment, unknown>;
export const AccessGrantFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}
    `, {"fragmentName":"AccessGrant"}) as unknown as TypedDocumentString<AccessGrantFragment, unknown>;
export const AccessTokenFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}
    `, {"fragmentName":"AccessToken"}) as unknown as TypedDocumentString<AccessTokenFragment, unknown>;
export const ProviderConnectionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderConnections($providers: [OAuthProvider!], $userId: uuid, $scopes: [String!]! = []) {
  providerConnections(providers: $providers, userId: $userId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`) as unknown as TypedDocumentString<ProviderConnectionsQuery, ProviderConnectionsQueryVariables>;
export const ProviderConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderConnection($provider: OAuthProvider!, $userId: uuid, $scopes: [String!]! = []) {
  providerConnection(provider: $provider, userId: $userId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`) as unknown as TypedDocumentString<ProviderConnectionQuery, ProviderConnectionQueryVariables>;
export const ProviderConnectionEventsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderConnectionEvents($provider: OAuthProvider!, $userId: uuid, $first: Int! = 20, $after: ID, $kinds: [ProviderConnectionEventKind!]) {
  providerConnection(provider: $provider, userId: $userId) {
    events(first: $first, after: $after, kinds: $kinds) {
      id
      kind
      actor
      clientId
      at
      times
      code
      evidence
    }
  }
}
    `) as unknown as TypedDocumentString<ProviderConnectionEventsQuery, ProviderConnectionEventsQueryVariables>;
export const ProviderAccessTokenDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderAccessToken($provider: OAuthProvider!, $userId: uuid, $minValidFor: Int! = 60) {
  providerConnection(provider: $provider, userId: $userId) {
    ...AccessToken
  }
}
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}`) as unknown as TypedDocumentString<ProviderAccessTokenQuery, ProviderAccessTokenQueryVariables>;
export const RenewProviderAccessTokenDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RenewProviderAccessToken($provider: OAuthProvider!, $userId: uuid, $minValidFor: Int! = 60) {
  refreshProviderToken(provider: $provider, userId: $userId) {
    ...AccessToken
  }
}
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}`) as unknown as TypedDocumentString<RenewProviderAccessTokenMutation, RenewProviderAccessTokenMutationVariables>;
export const ProviderSignInUrlDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderSignInUrl($provider: OAuthProvider!, $redirectTo: String, $scopes: [String!]) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo, scopes: $scopes)
}
    `) as unknown as TypedDocumentString<ProviderSignInUrlQuery, ProviderSignInUrlQueryVariables>;
export const ProviderReauthenticationUrlDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderReauthenticationUrl($provider: OAuthProvider!, $userId: uuid, $redirectTo: String, $scopes: [String!]) {
  providerConnection(provider: $provider, userId: $userId) {
    reauthenticationUrl(redirectTo: $redirectTo, scopes: $scopes)
  }
}
    `) as unknown as TypedDocumentString<ProviderReauthenticationUrlQuery, ProviderReauthenticationUrlQueryVariables>;
export const ConnectProviderDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ConnectProvider($provider: OAuthProvider!, $expectAccountId: String, $scopes: [String!]! = []) {
  connectProvider(provider: $provider, expectAccountId: $expectAccountId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`) as unknown as TypedDocumentString<ConnectProviderMutation, ConnectProviderMutationVariables>;
export const RefreshProviderTokenDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RefreshProviderToken($provider: OAuthProvider!, $minValidFor: Int, $userId: uuid, $scopes: [String!]! = []) {
  refreshProviderToken(
    provider: $provider
    minValidFor: $minValidFor
    userId: $userId
  ) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`) as unknown as TypedDocumentString<RefreshProviderTokenMutation, RefreshProviderTokenMutationVariables>;
export const DisconnectProviderDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DisconnectProvider($provider: OAuthProvider!, $userId: uuid) {
  disconnectProvider(provider: $provider, userId: $userId) {
    id
    userId
    provider
    revocation
    disconnectedAt
  }
}
    `) as unknown as TypedDocumentString<DisconnectProviderMutation, DisconnectProviderMutationVariables>;
export const ImportProviderConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ImportProviderConnection($userId: uuid!, $provider: OAuthProvider!, $refreshToken: String!, $replace: Boolean! = false, $reconnect: Boolean! = false, $retryInterrupted: Boolean! = false, $retryDead: Boolean! = false, $scopes: [String!]! = []) {
  importProviderConnection(
    userId: $userId
    provider: $provider
    refreshToken: $refreshToken
    replace: $replace
    reconnect: $reconnect
    retryInterrupted: $retryInterrupted
    retryDead: $retryDead
  ) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`) as unknown as TypedDocumentString<ImportProviderConnectionMutation, ImportProviderConnectionMutationVariables>;
export const ProviderAccessGrantsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProviderAccessGrants($userId: uuid, $clientId: String) {
  providerAccessGrants(userId: $userId, clientId: $clientId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`) as unknown as TypedDocumentString<ProviderAccessGrantsQuery, ProviderAccessGrantsQueryVariables>;
export const GrantProviderAccessDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation GrantProviderAccess($clientId: String!, $provider: OAuthProvider!, $userId: uuid) {
  grantProviderAccess(clientId: $clientId, provider: $provider, userId: $userId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`) as unknown as TypedDocumentString<GrantProviderAccessMutation, GrantProviderAccessMutationVariables>;
export const RevokeProviderAccessDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevokeProviderAccess($clientId: String!, $provider: OAuthProvider, $userId: uuid) {
  revokeProviderAccess(clientId: $clientId, provider: $provider, userId: $userId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`) as unknown as TypedDocumentString<RevokeProviderAccessMutation, RevokeProviderAccessMutationVariables>;
