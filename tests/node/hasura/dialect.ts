import { getIntrospectionQuery } from 'graphql'

import { HasuraError } from './error.ts'
import { introspectionBody } from './introspection.ts'
import { ADMIN_SESSION, type Session } from './session.ts'
import type { RemoteAnswer } from './transport.ts'

/** In what the engines that read Hasura's metadata differ, as far as a remote schema can tell. */
export interface Dialect {
  readonly introspection: { readonly body: () => string; readonly session: Session }
  /** Whether a role without a permission sees the whole remote schema, where no role has one. */
  readonly needsNoPermission: boolean
  /** Whether data that came beside errors reaches the client. */
  readonly partialData: boolean
  /** What is left of an answer of the remote schema. */
  readonly received: (answer: RemoteAnswer) => RemoteAnswer
}

/** Hasura v2. */
export const HASURA: Dialect = {
  introspection: { body: introspectionBody, session: ADMIN_SESSION },
  needsNoPermission: true,
  // `extractFieldFromResponse` in `Hasura/GraphQL/Transport/HTTP.hs`.
  partialData: false,
  received: (answer) => answer,
}

/** Nhost's own engine. */
export const CONSTELLATION: Dialect = {
  introspection: {
    body: () => JSON.stringify({ query: getIntrospectionQuery() }),
    session: { role: '', variables: new Map() },
  },
  needsNoPermission: false,
  partialData: true,
  received: (answer) => {
    if (answer.status !== 200) throw new HasuraError('remote-schema-error', `the remote schema answered ${answer.status}`)
    return answer
  },
}
