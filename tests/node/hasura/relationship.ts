import { type FieldNode, type GraphQLSchema, Kind, OperationTypeNode } from 'graphql'

import { HasuraError } from './error.ts'
import { isObject, type Json } from './json.ts'
import { type Asked, collect, type Outgoing } from './operation.ts'

/** Under this name the row's `id` is selected for the join, and taken away after it. */
const PHANTOM = '__hasura_internal_id'

const name = (value: string) => ({ kind: Kind.NAME, value }) as const

/** Takes the fields of the remote relationship out of a selection of rows, and selects what they join by. */
export function withoutRelationship(
  field: FieldNode,
  asked: Asked,
  relationship: string,
): { field: FieldNode; joins: FieldNode[] } {
  if (field.selectionSet === undefined) return { field, joins: [] }
  const fields = collect([field.selectionSet], asked)
  const joins = fields.filter((one) => one.name.value === relationship)
  const rest = fields.filter((one) => one.name.value !== relationship)
  const phantom: FieldNode = { kind: Kind.FIELD, name: name('id'), alias: name(PHANTOM) }
  const selections = joins.length === 0 ? fields : [...rest, phantom]
  return { field: { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } }, joins }
}

/**
 * The rows with what the remote schema has for them: one request for a relationship field, one alias (`f0`, `f1` …) for a
 * distinct row, all rows' errors one error. Source: `Hasura/GraphQL/Execute/RemoteJoin/{Join,RemoteSchema}.hs`.
 */
export async function joined(
  value: unknown,
  joins: readonly FieldNode[],
  outgoing: () => Outgoing,
  remote: GraphQLSchema,
  send: (body: string) => Promise<Json>,
): Promise<unknown> {
  const rows = (Array.isArray(value) ? value : [value]).filter(isObject)
  const query = remote.getQueryType()
  const ids = [...new Set(rows.map((row) => row[PHANTOM]))]
  if (joins.length === 0 || ids.length === 0 || query == null) return value
  const found = new Map<string, Json>()
  for (const join of joins) {
    const request = outgoing()
    const fields = ids.map((id, index) => {
      const userId = { kind: Kind.STRING, value: String(id) } as const
      return request.field(query, { ...join, alias: name(`f${index}`) }, new Map([['userId', userId]]))
    })
    const { data, errors } = await send(request.body(OperationTypeNode.QUERY, fields))
    if (errors !== undefined) throw new HasuraError('unexpected', 'Errors from remote server', '$', { errors })
    if (!isObject(data)) throw new HasuraError('unexpected', '"data" field not found in remote response')
    found.set((join.alias ?? join.name).value, data)
  }
  const complete = (row: Json): Json => {
    const { [PHANTOM]: id, ...own } = row
    const theirs = [...found].map(([key, data]) => [key, data[`f${ids.indexOf(id)}`]] as const)
    return { ...own, ...Object.fromEntries(theirs) }
  }
  return Array.isArray(value) ? rows.map(complete) : isObject(value) ? complete(value) : value
}
