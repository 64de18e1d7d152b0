/**
 * The GraphQL that is sent, word for word: a server with `TRUSTED_DOCUMENTS` lists these. The two that answer an access
 * token are sent by the keeper of tokens alone.
 */
export declare const documents: {
    /** Without access tokens: none is refreshed, so the list is there at once. */
    readonly list: "query ProviderConnections($scopes: [String!]!) {\n  providerConnections {\n    id userId provider status expiresAt refreshable connectedAt refreshedAt\n    lastFailure { code message at retryAt }\n    reauthenticationUrl\n    account { id email login name avatarUrl profileUrl }\n    reconnectBy\n    scopes\n    missingScopes(of: $scopes)\n  }\n}";
    /** For a server of an earlier release, which refuses the one above: this package may be newer than the server. */
    readonly listBefore: "query ProviderConnections {\n  providerConnections {\n    id userId provider status expiresAt refreshable connectedAt refreshedAt\n    lastFailure { code message at retryAt }\n    reauthenticationUrl\n  }\n}";
    readonly tokens: "query AccessTokens($providers: [OAuthProvider!]!, $minValidFor: Int!) {\n  providerConnections(providers: $providers) { provider accessToken(minValidFor: $minValidFor) expiresAt refreshable }\n}";
    readonly renew: "mutation RenewAccessToken($provider: OAuthProvider!) {\n  refreshProviderToken(provider: $provider) { provider accessToken expiresAt refreshable }\n}";
    readonly connect: "mutation ConnectProvider($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }";
    readonly refresh: "mutation RefreshProvider($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }";
    readonly disconnect: "mutation DisconnectProvider($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }";
    /** Needs no caller. */
    readonly signInUrl: "query SignInUrl($provider: OAuthProvider!, $redirectTo: String) {\n  providerSignInUrl(provider: $provider, redirectTo: $redirectTo)\n}";
    /** As the one above, where scopes are asked for. */
    readonly signInUrlForScopes: "query SignInUrlForScopes($provider: OAuthProvider!, $redirectTo: String, $scopes: [String!]!) {\n  providerSignInUrl(provider: $provider, redirectTo: $redirectTo, scopes: $scopes)\n}";
};
