// The GraphQL that is sent. `accessToken` is in none of it: what is shown needs no token.

const FIELDS = `id provider status expiresAt refreshable connectedAt refreshedAt lastFailure { code at retryAt }
  lastUse: events(first: 1, kinds: [TOKEN_READ]) { at actor }
  recent: events(first: 10) @include(if: $recent) { id kind actor at times }`

/** `recent`: with what happened lately. */
export const CONNECTIONS = `query Connections($recent: Boolean!) { providerConnections { ${FIELDS} }
  providerAccessGrants { clientId provider lastUsedAt } }`
export const REVOKE = `mutation Revoke($clientId: String!, $provider: OAuthProvider!) {
  revokeProviderAccess(clientId: $clientId, provider: $provider) { clientId }
}`
export const CONNECT = `mutation Connect($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }`
export const REFRESH = `mutation Refresh($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }`
export const DISCONNECT = `mutation Disconnect($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }`
/** Needs no caller. */
export const SIGN_IN_URL = `query SignInUrl($provider: OAuthProvider!, $redirectTo: String!) {
  url: providerSignInUrl(provider: $provider, redirectTo: $redirectTo)
}`
export const CHANGED = `subscription Changed { providerConnectionChanged { provider event { kind } } }`
