const FIELDS = `id userId provider status expiresAt refreshable connectedAt refreshedAt
    lastFailure { code message at retryAt }
    reauthenticationUrl`

/**
 * The GraphQL that is sent, word for word: a server with `TRUSTED_DOCUMENTS` lists these. The two that answer an access
 * token are sent by the keeper of tokens alone.
 */
export const documents = {
  /** Without access tokens: none is refreshed, so the list is there at once. */
  list: `query ProviderConnections($scopes: [String!]!) {
  providerConnections {
    ${FIELDS}
    account { id email login name avatarUrl profileUrl }
    reconnectBy
    scopes
    missingScopes(of: $scopes)
  }
}`,
  /** For a server of an earlier release, which refuses the one above: this package may be newer than the server. */
  listBefore: `query ProviderConnections {
  providerConnections {
    ${FIELDS}
  }
}`,
  tokens: `query AccessTokens($providers: [OAuthProvider!]!, $minValidFor: Int!) {
  providerConnections(providers: $providers) { provider accessToken(minValidFor: $minValidFor) expiresAt refreshable }
}`,
  renew: `mutation RenewAccessToken($provider: OAuthProvider!) {
  refreshProviderToken(provider: $provider) { provider accessToken expiresAt refreshable }
}`,
  connect: `mutation ConnectProvider($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }`,
  refresh: `mutation RefreshProvider($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }`,
  disconnect: `mutation DisconnectProvider($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }`,
  /** Needs no caller. */
  signInUrl: `query SignInUrl($provider: OAuthProvider!, $redirectTo: String) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo)
}`,
  /** As the one above, where scopes are asked for. */
  signInUrlForScopes: `query SignInUrlForScopes($provider: OAuthProvider!, $redirectTo: String, $scopes: [String!]!) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo, scopes: $scopes)
}`,
} as const
