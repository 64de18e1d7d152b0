import { ClientError, GraphQLClient } from 'graphql-request'

import type { User } from '../harness/world.ts'
import { ConnectDocument, ConnectionsDocument, type ConnectionsQuery, DisconnectDocument, RefreshDocument } from './generated.ts'
import { type Client, story } from './story.ts'

function connect(graphql: string, user: User): Client {
  const headers = { authorization: `Bearer ${user.jwt}` }
  const client = new GraphQLClient(graphql, { headers })
  const lenient = new GraphQLClient(graphql, { headers, errorPolicy: 'all' })
  return {
    connect: (variables) => client.request(ConnectDocument, variables),
    list: (variables) => client.request(ConnectionsDocument, variables),
    refresh: (variables) => client.request(RefreshDocument, variables),
    disconnect: (variables) => client.request(DisconnectDocument, variables),
    async listPartly(variables) {
      const query = ConnectionsDocument.loc?.source.body ?? ''
      const { data, errors } = await lenient.rawRequest<ConnectionsQuery>(query, variables)
      return { data, errors: errors ?? [] }
    },
    failures: (thrown) => (thrown instanceof ClientError ? (thrown.response.errors ?? []) : []),
  }
}

await story('graphql-request', connect)
