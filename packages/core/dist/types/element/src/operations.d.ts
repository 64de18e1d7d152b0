/** `recent`: with what happened lately. */
export const CONNECTIONS: "query Connections($recent: Boolean!) { providerConnections { id provider status expiresAt refreshable connectedAt refreshedAt lastFailure { code at retryAt }\n  lastUse: events(first: 1, kinds: [TOKEN_READ]) { at actor }\n  recent: events(first: 10) @include(if: $recent) { id kind actor at times } }\n  providerAccessGrants { clientId provider lastUsedAt } }";
export const REVOKE: "mutation Revoke($clientId: String!, $provider: OAuthProvider!) {\n  revokeProviderAccess(clientId: $clientId, provider: $provider) { clientId }\n}";
export const CONNECT: "mutation Connect($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }";
export const REFRESH: "mutation Refresh($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }";
export const DISCONNECT: "mutation Disconnect($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }";
/** Needs no caller. */
export const SIGN_IN_URL: "query SignInUrl($provider: OAuthProvider!, $redirectTo: String!) {\n  url: providerSignInUrl(provider: $provider, redirectTo: $redirectTo)\n}";
export const CHANGED: "subscription Changed { providerConnectionChanged { provider event { kind } } }";
