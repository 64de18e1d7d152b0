import type { Query } from './query.ts'

export const CHANGES: readonly Query[] = [
  {
    name: 'connect',
    query: /* GraphQL */ `
      mutation Connect($provider: OAuthProvider!) {
        connectProvider(provider: $provider) { __typename userId provider status accessToken refreshable }
      }
    `,
    variables: { provider: 'spotify' },
    changes: true,
  },
  {
    name: 'connect, with no sign-in to fetch',
    query: 'mutation { connectProvider(provider: strava) { id } }',
    changes: true,
  },
  {
    name: 'refresh',
    query: 'mutation { refreshProviderToken(provider: google) { userId provider status accessToken } }',
    changes: true,
  },
  {
    name: 'refresh, with a token that is fresh enough',
    query: 'mutation ($seconds: Int) { refreshProviderToken(provider: google, minValidFor: $seconds) { accessToken refreshedAt } }',
    variables: { seconds: 60 },
    changes: true,
  },
  {
    name: 'refresh what is not connected',
    query: 'mutation { again: refreshProviderToken(provider: strava) { id } }',
    changes: true,
  },
  {
    name: 'disconnect',
    query: 'mutation { disconnectProvider(provider: google) { __typename userId provider revocation } }',
    changes: true,
  },
  {
    name: 'disconnect what is not connected',
    query: 'mutation { disconnectProvider(provider: strava) { provider } }',
    changes: true,
  },
  {
    name: 'several mutations, which run in order',
    query: /* GraphQL */ `
      mutation ($p: OAuthProvider!) {
        connected: connectProvider(provider: $p) { ...C }
        refreshed: refreshProviderToken(provider: $p, minValidFor: 0) { ...C }
        gone: disconnectProvider(provider: $p) { provider }
        again: disconnectProvider(provider: google) { provider }
      }
      fragment C on ProviderConnection { provider status }
    `,
    variables: { p: 'spotify' },
    changes: true,
  },
  {
    name: 'several mutations, of which the second fails',
    query: /* GraphQL */ `
      mutation {
        good: disconnectProvider(provider: google) { provider }
        bad: disconnectProvider(provider: strava) { provider }
        after: disconnectProvider(provider: github) { provider }
      }
    `,
    changes: true,
  },
  {
    name: 'an app is allowed to read tokens, and no longer',
    query: /* GraphQL */ `
      mutation {
        grantProviderAccess(clientId: "an-app", provider: google) { clientId provider userId lastUsedAt }
        revokeProviderAccess(clientId: "an-app") { clientId provider }
      }
    `,
    changes: true,
  },
  {
    name: 'an import, which only a service may do',
    query: /* GraphQL */ `
      mutation ($user: uuid!, $token: String!) {
        importProviderConnection(userId: $user, provider: gitlab, refreshToken: $token) { id }
      }
    `,
    variables: { user: '7d9f4f5e-0f6c-4d0a-8d6c-3d6a1c1f2b3c', token: 'a-refresh-token-of-another-system' },
    changes: true,
  },
]
