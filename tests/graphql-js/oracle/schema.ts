import { buildSchema, GraphQLError, GraphQLScalarType, type GraphQLSchema, Kind, type ValueNode } from 'graphql'

/** What of the schema the specification leaves open, as the server lists it. */
export type Listing = { types: string[]; directives: string[] }

/** The schema of `schema.graphql`, its own scalars read as the server reads them. */
export function schemaOf(sdl: string): GraphQLSchema {
  const schema = buildSchema(sdl)
  readsAs(schema.getType('uuid'), /^(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{32}$|^\{[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}$/i)
  readsAs(schema.getType('timestamptz'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i)
  return schema
}

/** Introspection lists types and directives in no order of the specification's: in the server's. */
export function listedAs(schema: GraphQLSchema, listing: Listing): void {
  const types = schema.getTypeMap()
  const rank = (names: string[], name: string) => (names.includes(name) ? names.indexOf(name) : names.length)
  const ordered = Object.entries(types).sort(([one], [other]) => rank(listing.types, one) - rank(listing.types, other))
  const map = Object.fromEntries(ordered)
  schema.getTypeMap = () => map
  const directives = [...schema.getDirectives()].sort(
    (one, other) => rank(listing.directives, one.name) - rank(listing.directives, other.name),
  )
  schema.getDirectives = () => directives
}

function readsAs(type: unknown, pattern: RegExp): void {
  if (!(type instanceof GraphQLScalarType)) throw new Error('schema.graphql has no such scalar')
  const name = type.name
  const read = (value: unknown): string => {
    if (typeof value === 'string' && pattern.test(value)) return value
    throw new GraphQLError(`this is no ${name}`)
  }
  type.parseValue = read
  type.parseLiteral = (node: ValueNode) => read(node.kind === Kind.STRING ? node.value : null)
}
