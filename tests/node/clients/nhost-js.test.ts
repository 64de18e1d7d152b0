import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createNhostClient } from '@nhost/nhost-js'
import { FetchError, withHeadersMiddleware } from '@nhost/nhost-js/fetch'
import type { GraphQLResponse } from '@nhost/nhost-js/graphql'

import type { User } from '../harness/world.ts'
import { ConnectDocument, ConnectionsDocument, type ConnectionsQuery, DisconnectDocument, RefreshDocument } from './generated.ts'
import { type Client, story } from './story.ts'

function connect(graphqlUrl: string, user: User): Client {
  // An app has its session attached by `createClient`; here the JWT is at hand.
  const attach = withHeadersMiddleware({ authorization: `Bearer ${user.jwt}` })
  const { graphql } = createNhostClient({ graphqlUrl, configure: [(clients) => clients.graphql.pushChainFunction(attach)] })
  return {
    connect: async (variables) => whole((await graphql.request(ConnectDocument, variables)).body),
    list: async (variables) => whole((await graphql.request(ConnectionsDocument, variables)).body),
    refresh: async (variables) => whole((await graphql.request(RefreshDocument, variables)).body),
    disconnect: async (variables) => whole((await graphql.request(DisconnectDocument, variables)).body),
    async listPartly(variables) {
      try {
        const { body } = await graphql.request(ConnectionsDocument, variables)
        return { data: body.data, errors: body.errors ?? [] }
      } catch (error) {
        const body = answerIn<ConnectionsQuery>(error)
        return { data: body.data, errors: body.errors ?? [] }
      }
    },
    failures: (thrown) => answerIn(thrown).errors ?? [],
  }
}

function whole<Data>({ data }: GraphQLResponse<Data>): Data {
  if (data === undefined) throw new Error('neither data nor errors')
  return data
}

/** nhost-js throws where there is any error. The answer, data included, is the error's body. */
function answerIn<Data>(thrown: unknown): GraphQLResponse<Data> {
  if (!(thrown instanceof FetchError)) return {}
  const body: unknown = thrown.body
  return isAnswer<Data>(body) ? body : {}
}

function isAnswer<Data>(body: unknown): body is GraphQLResponse<Data> {
  return typeof body === 'object' && body !== null && 'errors' in body && Array.isArray(body.errors)
}

const world = await story('nhost-js', connect)

test('nhost-js: headers of a request take the place of its own, and of Content-Type with them', async () => {
  const ada = await world.user('fay@example.com')
  const attach = withHeadersMiddleware({ authorization: `Bearer ${ada.jwt}` })
  const { graphql } = createNhostClient({ graphqlUrl: world.graphql, configure: [(clients) => clients.graphql.pushChainFunction(attach)] })
  const { body } = await graphql.request(ConnectionsDocument, {}, { headers: { 'x-hasura-role': 'me' } })
  assert.deepEqual(whole(body).providerConnections, [])
})
