// The GraphQL that is sent. `accessToken` is in none of it: what is shown needs no token.

const FIELDS = `id provider status expiresAt refreshable connectedAt refreshedAt lastFailure { code at retryAt }
  lastUse: events(first: 1, kinds: [TOKEN_READ]) { at actor }
  recent: events(first: 10) @include(if: $recent) { id kind actor at times }`

/** What a server of an earlier release does not have. */
const NEWER = 'account { id email login name avatarUrl } reconnectBy scopes missingScopes(of: $needed)'

/**
 * @param {string} fields
 * @param {string} [variables]
 */
const connections = (fields, variables = '') => `query Connections($recent: Boolean!${variables}) { providerConnections { ${fields} }
  providerAccessGrants { clientId provider lastUsedAt } }`

/** `recent`: with what happened lately; `needed`: the scopes that the app needs, of all providers. */
export const CONNECTIONS = connections(`${FIELDS} ${NEWER}`, ', $needed: [String!]!')
/** For a server that refuses it: the package of npm may be newer than the server. */
export const CONNECTIONS_BEFORE = connections(FIELDS)
export const REVOKE = `mutation Revoke($clientId: String!, $provider: OAuthProvider!) {
  revokeProviderAccess(clientId: $clientId, provider: $provider) { clientId }
}`
export const CONNECT = `mutation Connect($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }`
export const REFRESH = `mutation Refresh($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }`
export const DISCONNECT = `mutation Disconnect($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }`
/**
 * Needs no caller.
 * @param {boolean} more Whether the user is asked for `$scopes` again, which a server of an earlier release does not know.
 */
export const signInUrl = (more) => `query SignInUrl($provider: OAuthProvider!, $redirectTo: String!${more ? ', $scopes: [String!]' : ''}) {
  url: providerSignInUrl(provider: $provider, redirectTo: $redirectTo${more ? ', scopes: $scopes' : ''})
}`
export const CHANGED = `subscription Changed { providerConnectionChanged { provider event { kind } } }`
