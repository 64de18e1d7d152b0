import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ApolloClient, HttpLink, InMemoryCache, type OperationVariables, type TypedDocumentNode } from '@apollo/client/core'
import { CombinedGraphQLErrors } from '@apollo/client/errors'

import type { User } from '../harness/world.ts'
import { ConnectDocument, ConnectionDocument, ConnectionsDocument, DisconnectDocument, RefreshDocument } from './generated.ts'
import { type Client, story } from './story.ts'

function clientOf(graphql: string, user: User): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: graphql, headers: { authorization: `Bearer ${user.jwt}` } }),
    cache: new InMemoryCache(),
  })
}

function connect(graphql: string, user: User): Client {
  const apollo = clientOf(graphql, user)
  const mutate = async <Data, Variables extends OperationVariables>(mutation: TypedDocumentNode<Data, Variables>, variables: Variables) => {
    const { data } = await apollo.mutate<Data, OperationVariables>({ mutation, variables })
    assert.ok(data !== undefined)
    return data
  }
  return {
    connect: (variables) => mutate(ConnectDocument, variables),
    async list(variables) {
      const { data } = await apollo.query({ query: ConnectionsDocument, variables, fetchPolicy: 'network-only' })
      assert.ok(data !== undefined)
      return data
    },
    refresh: (variables) => mutate(RefreshDocument, variables),
    disconnect: (variables) => mutate(DisconnectDocument, variables),
    async listPartly(variables) {
      const { data, error } = await apollo.query({ query: ConnectionsDocument, variables, errorPolicy: 'all' })
      return { data, errors: CombinedGraphQLErrors.is(error) ? error.errors : [] }
    },
    failures: (thrown) => (CombinedGraphQLErrors.is(thrown) ? thrown.errors : []),
  }
}

const world = await story('Apollo Client', connect)

test('Apollo Client: a refresh is seen wherever the connection is on the screen, by its id', async () => {
  const ada = await world.user('dan@example.com')
  await world.signIn(ada, 'google')
  const apollo = clientOf(world.graphql, ada)
  const cache = new InMemoryCache()
  apollo.cache = cache
  await apollo.mutate({ mutation: ConnectDocument, variables: { provider: 'google' } })
  const variables = { provider: 'google' } as const
  const { data } = await apollo.query({ query: ConnectionDocument, variables })
  const id = data?.providerConnection?.id
  const cached = cache.extract()
  // Apollo adds `__typename` to every selection, and files what has an `id` under both.
  assert.ok(Object.hasOwn(cached, `ProviderConnection:${id}`), Object.keys(cached).join())

  const refreshed = await apollo.mutate({ mutation: RefreshDocument, variables })
  const token = refreshed.data?.refreshProviderToken.accessToken
  const seen = await apollo.query({ query: ConnectionDocument, variables, fetchPolicy: 'cache-only' })
  assert.equal(seen.data?.providerConnection?.accessToken, token)
  assert.notEqual(token, data?.providerConnection?.accessToken)
})
