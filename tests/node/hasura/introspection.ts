import { readFileSync } from 'node:fs'

import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql'

import { HasuraError } from './error.ts'
import { at, isObject } from './json.ts'
import { type Asked, collect } from './operation.ts'
import { printOperation } from './print.ts'

const FIXTURE = new URL('../../spec/fixtures/hasura-introspection.graphql', import.meta.url)

/** What Hasura asks when it merges: `server/src-rsr/introspection.json`. */
export const INTROSPECTION = readFileSync(FIXTURE, 'utf8')

/**
 * The body of that request as Hasura sends it: the operation and its name in one piece with all fragments inlined, and no
 * `variables`, because it leaves out what is null (`GQLReq` in `Hasura/GraphQL/Transport/HTTP/Protocol.hs`).
 */
export function introspectionBody(): string {
  const { definitions } = parse(INTROSPECTION)
  const fragments = new Map(definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])))
  const operation = definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined) throw new Error(`${FIXTURE} has no operation`)
  const asked = { operation, fragments, variables: {} }
  const selectionSet = inlined(operation.selectionSet, asked)
  return JSON.stringify({ operationName: operation.name?.value, query: printOperation({ ...operation, selectionSet }) })
}

function inlined(set: SelectionSetNode, asked: Asked): SelectionSetNode {
  const selections = collect([set], asked).map((field) =>
    field.selectionSet === undefined ? field : { ...field, selectionSet: inlined(field.selectionSet, asked) },
  )
  return { kind: Kind.SELECTION_SET, selections }
}

/** The schema that an answer to it describes. */
export function introspected(body: string): GraphQLSchema {
  let data: unknown
  try {
    data = at(JSON.parse(body), 'data')
  } catch {
    data = undefined
  }
  if (!isIntrospection(data)) throw new HasuraError('remote-schema-error', 'the remote schema did not answer the introspection')
  return buildClientSchema(data)
}

function isIntrospection(data: unknown): data is IntrospectionQuery {
  return isObject(data) && Array.isArray(at(data, '__schema', 'types')) && isObject(at(data, '__schema', 'queryType'))
}

/** A tool's own, with all that the newest drafts ask for, which Hasura does not. */
export const NEWEST = getIntrospectionQuery({
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
})
