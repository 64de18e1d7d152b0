import assert from 'node:assert/strict'

import { Client as Urql, CombinedError, type OperationResult, fetchExchange } from '@urql/core'

import type { User } from '../harness/world.ts'
import { ConnectDocument, ConnectionsDocument, DisconnectDocument, RefreshDocument } from './generated.ts'
import { type Client, story } from './story.ts'

/** As it comes, urql 6 sends short queries by `GET` and the rest by `POST`. */
function connect(graphql: string, user: User): Client {
  const urql = new Urql({
    url: graphql,
    exchanges: [fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${user.jwt}` } },
  })
  return {
    connect: async (variables) => whole(await urql.mutation(ConnectDocument, variables)),
    list: async (variables) => whole(await urql.query(ConnectionsDocument, variables)),
    refresh: async (variables) => whole(await urql.mutation(RefreshDocument, variables)),
    disconnect: async (variables) => whole(await urql.mutation(DisconnectDocument, variables)),
    async listPartly(variables) {
      const { data, error } = await urql.query(ConnectionsDocument, variables)
      return { data, errors: error?.graphQLErrors ?? [] }
    },
    failures: (thrown) => (thrown instanceof CombinedError ? thrown.graphQLErrors : []),
  }
}

/** urql throws nothing: an error is in the result, beside what data there is. */
function whole<Data>(result: Pick<OperationResult<Data>, 'data' | 'error'>): Data {
  if (result.error !== undefined) throw result.error
  assert.ok(result.data !== undefined)
  return result.data
}

await story('urql', connect)
