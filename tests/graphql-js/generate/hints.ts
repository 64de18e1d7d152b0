/** Values that mean something to this server, by the argument's coordinate: `Query.providerConnection(userId:)`. */
export type Hints = ReadonlyMap<string, readonly (string | number)[]>

/** Addresses that a browser may come back to. */
export const REDIRECTS = ['https://app.example.com/back', 'http://localhost:3000/?a=1', 'myapp://signed-in']

/** What the watcher and the reader are connected to; connecting these again, or removing them, would change something. */
export const CONNECTED = ['google', 'github', 'spotify', 'gitlab', 'discord']

/** Never connected: what is done to these fails, and changes nothing. */
export const UNCONNECTED = ['apple', 'twitter', 'workos', 'strava']

/** The apps that the watcher and the reader have granted access to, and one that they have not. */
export const APPS = ['https://app.example.com/client.json', 'agent-1']
export const UNGRANTED = 'stranger'

/** `userIds` and `eventIds` are those of the users that documents are sent as. */
export function hints(userIds: string[], eventIds: string[]): Hints {
  const forms = userIds.flatMap((id) => [id, id, id, id.toUpperCase(), id.replaceAll('-', '')])
  const users = [...forms, '00000000-0000-4000-8000-000000000000', 'not-a-uuid']
  const redirects = [...REDIRECTS, ...REDIRECTS, 'nowhere', '']
  const apps = [...APPS, ...APPS, UNGRANTED, 'two words', '']
  const both = [...CONNECTED, ...CONNECTED, ...UNCONNECTED]
  return new Map<string, readonly (string | number)[]>([
    ['Query.providerConnections(userId:)', users],
    ['Query.providerConnections(providers:)', both],
    ['Query.providerConnection(userId:)', users],
    ['Query.providerConnection(provider:)', both],
    ['Query.providerAccessGrants(userId:)', users],
    ['Query.providerAccessGrants(clientId:)', apps],
    ['Query.providerSignInUrl(redirectTo:)', redirects],
    ['Mutation.connectProvider(provider:)', UNCONNECTED],
    ['Mutation.connectProvider(expectAccountId:)', ['583231', '']],
    ['Mutation.refreshProviderToken(provider:)', both],
    ['Mutation.refreshProviderToken(userId:)', users],
    ['Mutation.refreshProviderToken(minValidFor:)', [0, 60, 3600, 3601, -1]],
    // Where they are connected, only what is skipped is sent: see `Oracle`.
    ['Mutation.disconnectProvider(provider:)', [...UNCONNECTED, ...UNCONNECTED, ...CONNECTED]],
    ['Mutation.disconnectProvider(userId:)', users],
    // Refused to all who are no service.
    ['Mutation.importProviderConnection(provider:)', both],
    ['Mutation.importProviderConnection(userId:)', users],
    ['Mutation.importProviderConnection(refreshToken:)', ['a-refresh-token', '']],
    // What is granted already is answered as it is.
    ['Mutation.grantProviderAccess(provider:)', both],
    ['Mutation.grantProviderAccess(clientId:)', apps],
    ['Mutation.grantProviderAccess(userId:)', users],
    ['Mutation.revokeProviderAccess(provider:)', both],
    ['Mutation.revokeProviderAccess(clientId:)', [...apps, UNGRANTED, UNGRANTED]],
    ['Mutation.revokeProviderAccess(userId:)', users],
    ['ProviderConnection.accessToken(minValidFor:)', [0, 1, 60, 300, 3600, 3601, -1]],
    ['ProviderConnection.events(first:)', [1, 1, 2, 3, 5, 0, -1]],
    ['ProviderConnection.events(after:)', [...eventIds, 'gibberish']],
    ['ProviderConnection.reauthenticationUrl(redirectTo:)', redirects],
    ['Subscription.providerConnectionChanged(userId:)', users],
    ['Query.__type(name:)', ['Query', 'ProviderConnection', 'OAuthProvider', 'uuid', '__Type', 'String', 'Nothing', '']],
  ])
}
