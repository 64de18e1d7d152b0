import {
  buildASTSchema,
  type DefinitionNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  printSchema,
  printType,
  validateSchema,
} from 'graphql'

import { APP_SDL } from './app.ts'
import { HasuraError } from './error.ts'

/** The field of the table `users` that leads to the remote schema, and the field of the remote schema that it leads to. */
export const RELATIONSHIP = 'providerConnections'
const ROOTS: ReadonlyMap<string, string> = new Map([
  ['Query', 'query_root'],
  ['Mutation', 'mutation_root'],
])

/**
 * The app's schema and a remote one in one, as Hasura merges them: root fields side by side, which must not clash; a type of
 * both must be the same in both. The table `users` gets the remote relationship, its `userId` taken from the row's `id`.
 */
export function merge(remote: GraphQLSchema): GraphQLSchema {
  const own = buildASTSchema(parse(APP_SDL))
  const clashes: string[] = []
  const definitions: DefinitionNode[] = [...parse(APP_SDL).definitions]
  for (const definition of parse(printSchema(remote)).definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.DIRECTIVE_DEFINITION) continue
    if (!('name' in definition) || definition.name === undefined) continue
    const name = definition.name.value
    const root = ROOTS.get(name)
    const [mine, theirs] = [own.getType(name), remote.getType(name)]
    if (root !== undefined && definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      const taken = own.getType(root)
      const fields = isObjectType(taken) ? taken.getFields() : {}
      clashes.push(...(definition.fields ?? []).map((field) => field.name.value).filter((field) => field in fields))
      definitions.push(extension(root, definition.fields ?? []))
      if (root === 'query_root') definitions.push(extension('users', related(definition)))
    } else if (mine === undefined) definitions.push(definition)
    else if (theirs === undefined || bare(printType(mine)) !== bare(printType(theirs))) clashes.push(name)
  }
  if (clashes.length > 0)
    throw new HasuraError('remote-schema-conflicts', `Found conflicting definitions in the remote schema: ${clashes.join(', ')}`)
  const merged = buildASTSchema({ kind: Kind.DOCUMENT, definitions: folded(definitions) })
  const [invalid] = validateSchema(merged)
  if (invalid !== undefined) throw new HasuraError('remote-schema-error', invalid.message)
  return merged
}

function extension(name: string, fields: ObjectTypeDefinitionNode['fields'] = []): ObjectTypeDefinitionNode {
  return { kind: Kind.OBJECT_TYPE_DEFINITION, name: { kind: Kind.NAME, value: name }, fields }
}

/** The remote field, its joining argument taken away. */
function related({ fields = [] }: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode['fields'] {
  return fields
    .filter((field) => field.name.value === RELATIONSHIP)
    .map((field) => ({ ...field, arguments: (field.arguments ?? []).filter(({ name }) => name.value !== 'userId') }))
}

/** Object types of one name made one. */
function folded(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const objects = new Map<string, ObjectTypeDefinitionNode>()
  const others: DefinitionNode[] = []
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) others.push(definition)
    else {
      const known = objects.get(definition.name.value)
      objects.set(definition.name.value, {
        ...(known ?? definition),
        fields: [...(known?.fields ?? []), ...(definition.fields ?? [])],
      })
    }
  }
  return [...others, ...objects.values()]
}

/** Descriptions may differ. */
function bare(printed: string): string {
  return printed.replaceAll(/"""[^]*?"""\s*/g, '')
}
