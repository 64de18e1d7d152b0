import type { Query } from './query.ts'

const SOMEONE_ELSE = '7d9f4f5e-0f6c-4d0a-8d6c-3d6a1c1f2b3c'

export const REFUSALS: readonly Query[] = [
  { name: 'without a JWT', query: '{ providerConnections { provider accessToken } }', as: 'nobody' },
  { name: 'without a JWT, a mutation', query: 'mutation { disconnectProvider(provider: google) { id } }', as: 'nobody' },
  { name: 'with a JWT that is not signed by the right key', query: '{ providerConnections { provider } }', as: 'a forger' },
  {
    name: "another user's connections",
    query: 'query ($user: uuid!) { providerConnections(userId: $user) { provider accessToken } }',
    variables: { user: SOMEONE_ELSE },
  },
  {
    name: "another user's connections beside one's own",
    query: `{ mine: providerConnection(provider: google) { provider } theirs: providerConnection(provider: google, userId: "${SOMEONE_ELSE}") { provider } }`,
  },
  {
    name: 'one token that fails, beside others',
    query: '{ providerConnections { provider good: accessToken bad: accessToken(minValidFor: -1) } }',
  },
  {
    name: 'one token that fails, and nothing else of it',
    query: '{ providerConnection(provider: google) { accessToken(minValidFor: 3601) } }',
  },
  { name: 'a field that does not exist', query: '{ providerConnections { provider refreshToken } }' },
  { name: 'a value that the enum does not have', query: '{ providerConnection(provider: myspace) { id } }' },
  {
    name: 'a variable with a value that the enum does not have',
    query: 'query ($p: OAuthProvider!) { providerConnection(provider: $p) { id } }',
    variables: { p: 'myspace' },
  },
  { name: 'a variable that is missing', query: 'query ($p: OAuthProvider!) { providerConnection(provider: $p) { id } }' },
  { name: 'a user id that is no UUID', query: '{ providerConnections(userId: "me") { id } }' },
  { name: 'a document that is not GraphQL', query: '{ providerConnections { ' },
]
