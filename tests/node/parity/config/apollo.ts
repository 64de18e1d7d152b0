import { readFile } from 'node:fs/promises'

import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const gateway = new ApolloGateway({
  supergraphSdl: await readFile(process.env.SUPERGRAPH ?? 'supergraph.graphql', 'utf8'),
  buildService: ({ url = '' }) =>
    new RemoteGraphQLDataSource<{ authorization?: string | undefined }>({
      url,
      willSendRequest: ({ request, context: { authorization } }) => {
        if (typeof authorization === 'string') request.http?.headers.set('authorization', authorization)
      },
    }),
})

// Without the setting, and unless NODE_ENV is production, errors carry the gateway's stack traces to clients.
export const server = new ApolloServer<{ authorization?: string | undefined }>({ gateway, includeStacktraceInErrorResponses: false })
export const { url } = await startStandaloneServer(server, {
  context: ({ req }) => Promise.resolve({ authorization: req.headers.authorization }),
  listen: { host: '127.0.0.1', port: Number(process.env.PORT ?? 4002) },
})
