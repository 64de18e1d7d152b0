import { delegateToSchema, type SubschemaConfig } from '@graphql-tools/delegate'
import { buildHTTPExecutor } from '@graphql-tools/executor-http'
import { stitchSchemas } from '@graphql-tools/stitch'
import { schemaFromExecutor } from '@graphql-tools/wrap'
import { type ExecutionResult, graphql, type GraphQLResolveInfo, type GraphQLSchema, OperationTypeNode } from 'graphql'

import { app, type Row } from '../hasura/app.ts'

/** What the gateway knows of its client, and passes on. */
export interface Client {
  readonly authorization?: string
}

/** What a gateway does to the remote schema, and how its names come out of that. */
export interface Customization {
  readonly transforms: NonNullable<SubschemaConfig['transforms']>
  /** Whether requests of one moment become one, with generated aliases. */
  readonly batch: boolean
  readonly connection: string
  readonly provider: string
  /** The root field that lists connections, which is joined to `users`. */
  readonly list: string
}

export const AS_IT_IS: Customization = {
  transforms: [],
  batch: true,
  connection: 'ProviderConnection',
  provider: 'OAuthProvider',
  list: 'providerConnections',
}

/** A third party's gateway, built as its documentation says: the app's own tables and this server in one schema. */
export interface Gateway {
  readonly schema: GraphQLSchema
  /** Parses, validates and runs the operation. */
  ask(client: Client, query: string, variables?: Readonly<Record<string, unknown>>): Promise<ExecutionResult>
}

/** Introspects the server over HTTP, and joins the table `users` to it by `userId`. */
export async function gatewayBefore(url: string, rows: readonly Row[], custom: Customization = AS_IT_IS): Promise<Gateway> {
  const executor = buildHTTPExecutor({
    endpoint: url,
    headers: (request): Record<string, string> => {
      const context: unknown = request?.context
      const has = typeof context === 'object' && context !== null && 'authorization' in context
      return has && typeof context.authorization === 'string' ? { authorization: context.authorization } : {}
    },
  })
  const remote: SubschemaConfig = {
    schema: await schemaFromExecutor(executor),
    executor,
    batch: custom.batch,
    transforms: custom.transforms,
  }
  const schema = stitchSchemas({
    subschemas: [{ schema: app(rows) }, remote],
    typeDefs: `extend type users { connections(providers: [${custom.provider}!]): [${custom.connection}!] }`,
    resolvers: {
      users: {
        connections: {
          selectionSet: '{ id }',
          resolve: (row: Row, given: Readonly<Record<string, unknown>>, context: Client, info: GraphQLResolveInfo): unknown => {
            const args = { ...given, userId: row.id }
            return delegateToSchema({
              schema: remote,
              operation: OperationTypeNode.QUERY,
              fieldName: custom.list,
              args,
              context,
              info,
            })
          },
        },
      },
    },
  })
  return {
    schema,
    ask: async (client, query, variables = {}) =>
      await graphql({ schema, source: query, contextValue: client, variableValues: variables }),
  }
}
