import {
  type ArgumentNode,
  astFromValue,
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  type GraphQLArgument,
  GraphQLIncludeDirective,
  GraphQLNonNull,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parseType,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
} from 'graphql'

import { HasuraError } from './error.ts'
import type { Role } from './permission.ts'
import { printOperation } from './print.ts'
import type { Session } from './session.ts'

/** The client's operation, and all that its selections may refer to. */
export interface Asked {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** As the client sent them, defaults filled in. */
  readonly variables: Readonly<Record<string, unknown>>
}

const name = (value: string) => ({ kind: Kind.NAME, value }) as const

/**
 * The fields of a selection, fragments inlined, `@skip` and `@include` obeyed, fields of one response key merged: what
 * `Hasura/GraphQL/Execute/Inline.hs` and `Hasura/GraphQL/Parser/Collect.hs` leave of it.
 */
export function collect(sets: readonly SelectionSetNode[], asked: Asked): FieldNode[] {
  const found = new Map<string, FieldNode>()
  const add = (set: SelectionSetNode) => {
    for (const selection of set.selections) {
      const skipped = getDirectiveValues(GraphQLSkipDirective, selection, asked.variables)?.['if'] === true
      const included = getDirectiveValues(GraphQLIncludeDirective, selection, asked.variables)?.['if'] !== false
      if (skipped || !included) continue
      if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet)
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = asked.fragments.get(selection.name.value)
        if (fragment !== undefined) add(fragment.selectionSet)
      } else {
        const key = (selection.alias ?? selection.name).value
        const selections = [...(found.get(key)?.selectionSet?.selections ?? []), ...(selection.selectionSet?.selections ?? [])]
        const set =
          selection.selectionSet === undefined ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } as const }
        found.set(key, { ...selection, directives: [], ...set })
      }
    }
  }
  sets.forEach(add)
  return [...found.values()]
}

/** Writes the one request that Hasura sends for fields of a remote schema. */
export class Outgoing {
  readonly #asked: Asked
  readonly #role: Role
  readonly #session: Session
  /** Definitions and values of the variables that are sent, by name. */
  readonly #variables = new Map<string, { readonly definition: VariableDefinitionNode; readonly value: unknown }>()
  /** Names of values that came in variables, by type and value: `RemoteJSONVariableMap` in `Hasura/GraphQL/Execute/Remote.hs`. */
  readonly #values = new Map<string, string>()

  constructor(asked: Asked, role: Role, session: Session) {
    this.#asked = asked
    this.#role = role
    this.#session = session
  }

  /** A field of `parent` as it is sent; `joined` are arguments from a row of the table, which go before presets. */
  field(parent: GraphQLObjectType, field: FieldNode, joined: ReadonlyMap<string, ValueNode> = new Map()): FieldNode {
    const definition = parent.getFields()[field.name.value]
    if (definition === undefined) return { kind: Kind.FIELD, name: field.name, ...(field.alias ? { alias: field.alias } : {}) }
    const sent = new Map(joined)
    for (const argument of definition.args) {
      const value = this.#argument(argument, field.arguments?.find((one) => one.name.value === argument.name)?.value)
      if (value !== undefined && !sent.has(argument.name)) sent.set(argument.name, value)
    }
    for (const [argument, preset] of this.#role.presets.get(`${parent.name}.${field.name.value}`) ?? []) {
      if (!sent.has(argument))
        sent.set(argument, 'literal' in preset ? preset.literal : this.#sessionVariable(preset.variable, preset.type))
    }
    const inner = getNamedType(definition.type)
    const selections =
      isObjectType(inner) && field.selectionSet
        ? collect([field.selectionSet], this.#asked).map((one) => this.field(inner, one))
        : []
    return {
      kind: Kind.FIELD,
      name: field.name,
      arguments: [...sent].map(([argument, value]): ArgumentNode => ({ kind: Kind.ARGUMENT, name: name(argument), value })),
      ...(field.alias ? { alias: field.alias } : {}),
      ...(selections.length > 0 ? { selectionSet: { kind: Kind.SELECTION_SET, selections } } : {}),
    }
  }

  /** The body of the request: no name, and no `variables` where there are none. */
  body(operation: OperationTypeNode, fields: readonly FieldNode[]): string {
    const variables = [...this.#variables]
    const query = printOperation({
      kind: Kind.OPERATION_DEFINITION,
      operation,
      variableDefinitions: variables.map(([, { definition }]) => definition),
      selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
    })
    const values = Object.fromEntries(variables.map(([variable, { value }]) => [variable, value]))
    return JSON.stringify(variables.length === 0 ? { query } : { query, variables: values })
  }

  /**
   * An argument's value as it is sent. One that may be left out, and is given by a variable, is taken out of the variable and
   * put into a new one. A default is sent in so many words. All others stay as they are: the note on variable expansion in
   * `Hasura/GraphQL/Schema/Remote.hs`, and `RemoteSpec.hs` beside it.
   */
  #argument({ type, defaultValue }: GraphQLArgument, given: ValueNode | undefined): ValueNode | undefined {
    const optional = !(type instanceof GraphQLNonNull) || defaultValue !== undefined
    const fallback = defaultValue === undefined ? undefined : (astFromValue(defaultValue, type) ?? undefined)
    if (given === undefined) return fallback
    if (!optional || given.kind !== Kind.VARIABLE) return this.#kept(given)
    const variable = given.name.value
    if (!Object.hasOwn(this.#asked.variables, variable)) return fallback
    const value = this.#asked.variables[variable]
    const key = `${type} ${JSON.stringify(value)}`
    const minted = this.#values.get(key) ?? `hasura_json_var_${this.#values.size + 1}`
    this.#values.set(key, minted)
    return this.#variable(minted, String(type), value)
  }

  /** A value that is sent as the client wrote it, with the client's own variables in it. */
  #kept(value: ValueNode): ValueNode {
    if (value.kind === Kind.LIST) value.values.forEach((one) => this.#kept(one))
    else if (value.kind === Kind.OBJECT) value.fields.forEach((one) => this.#kept(one.value))
    else if (value.kind === Kind.VARIABLE) {
      const definition = this.#asked.operation.variableDefinitions?.find(
        ({ variable }) => variable.name.value === value.name.value,
      )
      if (definition !== undefined) {
        const fallback = definition.defaultValue && valueFromASTUntyped(definition.defaultValue)
        this.#variables.set(value.name.value, { definition, value: this.#asked.variables[value.name.value] ?? fallback ?? null })
      }
    }
    return value
  }

  /** A preset can't be null: a session without the variable is refused. */
  #sessionVariable(variable: string, type: string): ValueNode {
    const value = this.#session.variables.get(variable)
    if (value === undefined) throw new HasuraError('not-found', `"${variable}" session variable expected, but not found`)
    return this.#variable(variable.replaceAll('-', '_'), `${type}!`, value)
  }

  #variable(variable: string, type: string, value: unknown): ValueNode {
    const node = { kind: Kind.VARIABLE, name: name(variable) } as const
    this.#variables.set(variable, {
      definition: { kind: Kind.VARIABLE_DEFINITION, variable: node, type: parseType(type) },
      value,
    })
    return node
  }
}
