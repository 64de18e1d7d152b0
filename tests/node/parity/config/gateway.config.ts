import { defineConfig } from '@graphql-hive/gateway'

export const gatewayConfig = defineConfig({
  proxy: { endpoint: process.env.CONNECTIONS_URL ?? 'http://127.0.0.1:4000/graphql' },
  propagateHeaders: {
    // The user's JWT. Forward no x-hasura-* header and no x-service-secret from a client.
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }),
  },
})
