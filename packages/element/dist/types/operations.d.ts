/** `recent`: with what happened lately; `needed`: the scopes that the app needs, of all providers. */
export const CONNECTIONS: string;
/** For a server that refuses it: the package of npm may be newer than the server. */
export const CONNECTIONS_BEFORE: string;
export const REVOKE: "mutation Revoke($clientId: String!, $provider: OAuthProvider!) {\n  revokeProviderAccess(clientId: $clientId, provider: $provider) { clientId }\n}";
export const CONNECT: "mutation Connect($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }";
export const REFRESH: "mutation Refresh($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }";
export const DISCONNECT: "mutation Disconnect($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }";
export function signInUrl(more: boolean): string;
export const CHANGED: "subscription Changed { providerConnectionChanged { provider event { kind } } }";
