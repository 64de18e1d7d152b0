import {
  buildASTSchema,
  type ConstValueNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLField,
  GraphQLNonNull,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  isEnumType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
  print,
  valueFromAST,
} from 'graphql'

import { HasuraError } from './error.ts'
import { isSessionVariable } from './session.ts'

/** A value that Hasura puts into every call of a field: a literal, or a session variable (in lower case) as a value of the type. */
export type Preset = { readonly literal: ConstValueNode } | { readonly variable: string; readonly type: string }

/** What a role may see of a remote schema. */
export interface Role {
  /** Without the arguments that are preset. */
  readonly schema: GraphQLSchema
  /** By `Type.field`, then by argument. */
  readonly presets: ReadonlyMap<string, ReadonlyMap<string, Preset>>
}

/**
 * The role's view of a remote schema, from the SDL of its permissions. The SDL has to be a subset: types, fields, arguments,
 * defaults and enum values as they are in the remote schema, and no argument left out that can't be null there. Source:
 * `Hasura/RemoteSchema/SchemaCache/Permission.hs`.
 */
export function permitted(remote: GraphQLSchema, sdl: string): Role {
  const wrong: string[] = []
  const presets = new Map<string, ReadonlyMap<string, Preset>>()
  const definitions = parse(sdl).definitions.map((definition) => {
    wrong.push(...mistakes(remote, definition))
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return definition
    const fields = (definition.fields ?? []).map((field) => {
      presets.set(`${definition.name.value}.${field.name.value}`, presetsOf(field, wrong))
      return { ...field, arguments: (field.arguments ?? []).filter((argument) => presetOn(argument) === undefined) }
    })
    return { ...definition, fields }
  })
  if (wrong.length > 0)
    throw new HasuraError('validation-failed', `validation for the given role-based schema failed because: ${wrong.join('; ')}`)
  return { schema: buildASTSchema({ kind: Kind.DOCUMENT, definitions }), presets }
}

function mistakes(remote: GraphQLSchema, definition: DefinitionNode): string[] {
  switch (definition.kind) {
    case Kind.SCHEMA_DEFINITION:
      return definition.operationTypes.some(({ operation }) => operation === 'query')
        ? []
        : ['query root does not exist in the schema definition']
    case Kind.SCALAR_TYPE_DEFINITION:
      return isScalarType(remote.getType(definition.name.value))
        ? []
        : [`Scalar: "${definition.name.value}" does not exist in the upstream remote schema`]
    case Kind.ENUM_TYPE_DEFINITION: {
      const upstream = remote.getType(definition.name.value)
      if (!isEnumType(upstream)) return [`Enum: "${definition.name.value}" does not exist in the upstream remote schema`]
      const unknown = (definition.values ?? []).map(({ name }) => name.value).filter((name) => upstream.getValue(name) == null)
      return unknown.map(
        (name) => `enum "${upstream.name}" contains "${name}", which does not exist in the corresponding upstream remote enum`,
      )
    }
    case Kind.OBJECT_TYPE_DEFINITION: {
      const upstream = remote.getType(definition.name.value)
      if (!isObjectType(upstream)) return [`Object: "${definition.name.value}" does not exist in the upstream remote schema`]
      return (definition.fields ?? []).flatMap((field) => {
        const known = upstream.getFields()[field.name.value]
        return known === undefined
          ? [`field "${field.name.value}" does not exist in the Object: "${upstream.name}"`]
          : fieldMistakes(field, known)
      })
    }
    default:
      return [`a ${definition.kind} is nothing that this remote schema has`]
  }
}

function fieldMistakes(field: FieldDefinitionNode, upstream: GraphQLField<unknown, unknown>): string[] {
  const given = field.arguments ?? []
  const missing = upstream.args
    .filter(({ name, type }) => type instanceof GraphQLNonNull && !given.some((argument) => argument.name.value === name))
    .map(({ name }) => `field: "${upstream.name}" expects the following non nullable arguments to be present: "${name}"`)
  const unequal = given.flatMap((argument) => {
    const known = upstream.args.find(({ name }) => name === argument.name.value)
    if (known === undefined)
      return [`input argument "${argument.name.value}" does not exist in the input object:"${upstream.name}"`]
    const fallback = argument.defaultValue === undefined ? undefined : valueFromAST(argument.defaultValue, known.type)
    return [
      ...mismatch(argument.name.value, String(known.type), print(argument.type)),
      ...mismatch(`default of ${argument.name.value}`, JSON.stringify(known.defaultValue), JSON.stringify(fallback)),
    ]
  })
  return [...mismatch(upstream.name, String(upstream.type), print(field.type)), ...missing, ...unequal]
}

function mismatch(name: string, expected: string | undefined, given: string | undefined): string[] {
  return expected === given ? [] : [`expected type of "${name}" to be ${expected} but received ${given}`]
}

function presetOn(argument: InputValueDefinitionNode) {
  return argument.directives?.find(({ name }) => name.value === 'preset')
}

function presetsOf(field: FieldDefinitionNode, wrong: string[]): ReadonlyMap<string, Preset> {
  const found = new Map<string, Preset>()
  for (const argument of field.arguments ?? []) {
    const directive = presetOn(argument)
    if (directive === undefined) continue
    const of = (name: string) => directive.arguments?.find((one) => one.name.value === name)?.value
    const named = argument.type.kind === Kind.NON_NULL_TYPE ? argument.type.type : argument.type
    const [value, isStatic] = [of('value'), of('static')]
    const name = value?.kind === Kind.STRING && isSessionVariable(value.value) ? value.value.toLowerCase() : undefined
    if (value === undefined) wrong.push(`preset argument "value" not found at "${argument.name.value}"`)
    else if (name === undefined || (isStatic?.kind === Kind.BOOLEAN && isStatic.value))
      found.set(argument.name.value, { literal: value })
    else if (named.kind === Kind.LIST_TYPE)
      wrong.push(`illegal preset value at "${argument.name.value}". Session arguments can only be set at named types`)
    else found.set(argument.name.value, { variable: name, type: print(named) })
  }
  return found
}
