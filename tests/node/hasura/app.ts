import { makeExecutableSchema } from '@graphql-tools/schema'
import type { GraphQLSchema } from 'graphql'

/** A row of `auth.users`. */
export interface Row {
  readonly id: string
  readonly email: string
  readonly displayName: string
}

/** What Hasura makes of an Nhost app's own tables: the names that a remote schema has to leave alone. */
export const APP_SDL = /* GraphQL */ `
  schema { query: query_root mutation: mutation_root }
  scalar citext
  scalar timestamptz
  scalar uuid

  enum order_by { asc asc_nulls_first asc_nulls_last desc desc_nulls_first desc_nulls_last }
  input uuid_comparison_exp { _eq: uuid _in: [uuid!] }
  input timestamptz_comparison_exp { _gt: timestamptz _lt: timestamptz }
  input users_bool_exp { id: uuid_comparison_exp createdAt: timestamptz_comparison_exp }
  input users_order_by { email: order_by createdAt: order_by }
  input authUserProviders_bool_exp { userId: uuid_comparison_exp }

  type users {
    id: uuid!
    email: citext
    displayName: String!
    createdAt: timestamptz!
    userProviders(where: authUserProviders_bool_exp): [authUserProviders!]!
  }
  type users_aggregate { nodes: [users!]! }
  type authUserProviders { id: uuid! userId: uuid! providerId: String! user: users! provider: authProviders! }
  type authProviders { id: String! }
  type Node { id: ID! }
  type PageInfo { hasNextPage: Boolean! }

  type query_root {
    users(where: users_bool_exp, order_by: [users_order_by!], limit: Int): [users!]!
    users_by_pk(id: uuid!): users
    usersAggregate(where: users_bool_exp): users_aggregate!
    authUserProviders(where: authUserProviders_bool_exp): [authUserProviders!]!
    authUserProvider(id: uuid!): authUserProviders
    authProviders: [authProviders!]!
    authProvider(id: String!): authProviders
    provider(id: String!): authProviders
    node(id: ID!): Node
    pageInfo: PageInfo
  }
  type mutation_root {
    insertUser(email: citext!): users
    updateUser(id: uuid!, displayName: String): users
    deleteUser(id: uuid!): users
    deleteAuthUserProvider(id: uuid!): authUserProviders
  }
`

interface UsersArguments {
  readonly where?: { readonly id?: { readonly _eq?: string; readonly _in?: readonly string[] } }
  readonly limit?: number
}

/** The app's own schema over these rows of its table `users`. */
export function app(rows: readonly Row[]): GraphQLSchema {
  const found = ({ where, limit }: UsersArguments) => {
    const { _eq, _in } = where?.id ?? {}
    return rows.filter(({ id }) => (_eq ?? id) === id && (_in ?? [id]).includes(id)).slice(0, limit)
  }
  return makeExecutableSchema({
    typeDefs: APP_SDL,
    resolvers: {
      query_root: {
        users: (_: unknown, args: UsersArguments) => found(args),
        users_by_pk: (_: unknown, { id }: { id: string }) => rows.find((row) => row.id === id) ?? null,
        usersAggregate: (_: unknown, args: UsersArguments) => ({ nodes: found(args) }),
      },
      users: { createdAt: () => '2026-01-01T12:00:00+00:00', userProviders: () => [] },
    },
  })
}
