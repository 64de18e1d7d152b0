import { buildSchema, GraphQLError, GraphQLScalarType, type GraphQLSchema, Kind, type ValueNode } from 'graphql'

/** The schema of `schema.graphql`, its own scalars read as the server reads them. */
export function schemaOf(sdl: string): GraphQLSchema {
  const schema = buildSchema(sdl)
  readsAs(schema.getType('uuid'), /^(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{32}$|^\{[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}$/i)
  readsAs(schema.getType('timestamptz'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i)
  return schema
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
