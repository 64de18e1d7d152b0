import type { Query } from './query.ts'

export const READS: readonly Query[] = [
  {
    name: 'the list, with tokens and every other field',
    query: /* GraphQL */ `
      {
        providerConnections {
          id userId provider status accessToken expiresAt refreshTokenExpiresAt reconnectBy refreshable connectedAt refreshedAt
          account { id email login name avatarUrl profileUrl } accountUnavailableBecause
          lastFailure { code message at retryAt }
          scopes scopesSource missingScopes(of: ["openid", "repo"])
          reauthenticationUrl
        }
      }
    `,
  },
  {
    name: 'one provider, by an enum value',
    query: '{ providerConnection(provider: google) { id provider accessToken(minValidFor: 300) } }',
  },
  {
    name: 'a provider that is not connected is null',
    query: '{ providerConnection(provider: strava) { id accessToken } }',
  },
  {
    name: 'enum values in variables, alone and in a list',
    query: /* GraphQL */ `
      query Some($one: OAuthProvider!, $some: [OAuthProvider!]) {
        providerConnection(provider: $one) { provider }
        providerConnections(providers: $some) { provider }
      }
    `,
    variables: { one: 'github', some: ['google', 'strava'] },
  },
  {
    name: 'a variable inside a list, and one value where a list is expected',
    query: /* GraphQL */ `
      query ($one: OAuthProvider!) {
        inside: providerConnections(providers: [$one, strava]) { provider }
        alone: providerConnections(providers: github) { provider }
      }
    `,
    variables: { one: 'google' },
  },
  {
    name: 'the default of a variable',
    query: /* GraphQL */ `
      query ($some: [OAuthProvider!] = [github], $seconds: Int! = 30) {
        providerConnections(providers: $some) { provider accessToken(minValidFor: $seconds) }
      }
    `,
  },
  {
    name: 'the default of a variable, when the client sends another value',
    query: 'query ($some: [OAuthProvider!] = [github]) { providerConnections(providers: $some) { provider } }',
    variables: { some: ['google'] },
  },
  {
    name: 'a variable that is null, or left out',
    query: /* GraphQL */ `
      query ($some: [OAuthProvider!], $app: String) {
        providerConnections(providers: $some) { provider }
        providerAccessGrants(clientId: $app) { clientId }
      }
    `,
    variables: { some: null },
  },
  {
    name: '@skip and @include, by variables and by values',
    query: /* GraphQL */ `
      query ($yes: Boolean!, $no: Boolean! = false) {
        providerConnections {
          provider @include(if: $yes)
          status @skip(if: $yes)
          id @include(if: $no)
          accessToken @skip(if: true)
          ... on ProviderConnection @include(if: $yes) { refreshable }
          ... @skip(if: $yes) { connectedAt }
        }
        left: providerConnection(provider: google) @skip(if: $yes) { id }
      }
    `,
    variables: { yes: true },
  },
  {
    name: 'fragments in fragments, inline ones, and fields that are selected twice',
    query: /* GraphQL */ `
      query Fragments { providerConnections { ...Outer ... on ProviderConnection { status provider } ... { refreshable } id } }
      fragment Outer on ProviderConnection { id ...Inner }
      fragment Inner on ProviderConnection { provider accessToken events(first: 1, kinds: [CONNECTED]) { kind } events(first: 1, kinds: [CONNECTED]) { actor } }
    `,
  },
  {
    name: 'aliases at every level, with different arguments of one field',
    query: /* GraphQL */ `
      {
        first: providerConnection(provider: google) { which: provider soon: accessToken(minValidFor: 0) later: accessToken(minValidFor: 900) }
        second: providerConnection(provider: github) { which: provider history: events(kinds: [CONNECTED]) { what: kind times } }
        id: providerConnections(providers: []) { provider }
      }
    `,
  },
  {
    name: '__typename at every level',
    query: '{ providerConnections { __typename kind: __typename events(first: 1, kinds: [CONNECTED]) { __typename } } }',
  },
  {
    name: '__typename of the root',
    query: '{ __typename providerConnections { provider } }',
  },
  {
    name: 'events, their ids and times as the server wrote them',
    query: '{ providerConnections { events(kinds: [CONNECTED]) { id kind actor clientId at times code evidence } } }',
  },
  {
    name: 'introspection of a type: fields, arguments, defaults, descriptions',
    query: /* GraphQL */ `
      {
        __type(name: "ProviderConnection") {
          kind name description
          fields { name description type { ...T } args { name description defaultValue type { ...T } } }
        }
      }
      fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
    `,
  },
  {
    name: 'introspection of an enum',
    query: '{ __type(name: "OAuthProvider") { kind enumValues { name description isDeprecated } } }',
  },
  {
    name: 'the URL of a sign-in',
    query: 'query ($scopes: [String!]) { providerSignInUrl(provider: google, scopes: $scopes) }',
  },
  { name: 'the URL of a sign-in, before there is a user', query: '{ providerSignInUrl(provider: github) }', as: 'nobody' },
  {
    name: 'the apps that may read tokens',
    query: '{ providerAccessGrants { clientId provider userId grantedAt lastUsedAt } }',
  },
]
