import { defineConfig, loadGraphQLHTTPSubgraph } from '@graphql-mesh/compose-cli'

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadGraphQLHTTPSubgraph('connections', {
        endpoint: process.env.CONNECTIONS_URL ?? 'http://127.0.0.1:4000/graphql',
      }),
    },
    { sourceHandler: loadGraphQLHTTPSubgraph('app', { endpoint: process.env.APP_URL ?? 'http://127.0.0.1:4001/graphql' }) },
  ],
  // A user of the app has their connections as a field.
  additionalTypeDefs: /* GraphQL */ `
    extend type users {
      connections: [ProviderConnection!]
        @resolveTo(
          sourceName: "connections"
          sourceTypeName: "Query"
          sourceFieldName: "providerConnections"
          requiredSelectionSet: "{ id }"
          sourceArgs: { userId: "{root.id}" }
        )
    }
  `,
})
