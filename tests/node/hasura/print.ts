import { type FieldNode, Kind, type OperationDefinitionNode, print, type SelectionSetNode, type ValueNode } from 'graphql'

/**
 * An operation as Hasura writes it, to the byte: all in one line, a space after every field, two before an anonymous
 * operation's braces. Source: `Language/GraphQL/Draft/Printer.hs` of hasura/graphql-parser-hs.
 *
 * Fragments are inlined before, so that there are fields alone.
 */
export function printOperation({ operation, name, variableDefinitions = [], selectionSet }: OperationDefinitionNode): string {
  const variables = variableDefinitions.map(({ variable, type, defaultValue }) => {
    const fallback = defaultValue === undefined ? '' : ` = ${value(defaultValue)}`
    return `$${variable.name.value}: ${print(type)}${fallback}`
  })
  const declared = variables.length === 0 ? '' : `(${variables.join(',')})`
  return `${operation} ${name?.value ?? ''}${declared} ${selections(selectionSet)}`
}

function selections(set: SelectionSetNode | undefined): string {
  if (set === undefined) return ''
  return `{ ${set.selections.map((selection) => field(only(selection))).join(' ')} }`
}

function only(selection: SelectionSetNode['selections'][number]): FieldNode {
  if (selection.kind !== Kind.FIELD) throw new Error('Fragments are inlined before an operation is sent.')
  return selection
}

function field({ alias, name, arguments: given = [], selectionSet }: FieldNode): string {
  const args = given.map((argument) => `${argument.name.value}: ${value(argument.value)}`)
  const called = args.length === 0 ? '' : `(${args.join(',')})`
  return `${alias === undefined ? '' : `${alias.value}: `}${name.value}${called} ${selections(selectionSet)}`
}

function value(node: ValueNode): string {
  switch (node.kind) {
    case Kind.VARIABLE:
      return `$${node.name.value}`
    case Kind.STRING:
      return JSON.stringify(node.value)
    case Kind.LIST:
      return `[${node.values.map(value).join(',')}]`
    case Kind.OBJECT:
      return `{${node.fields.map((one) => `${one.name.value}: ${value(one.value)}`).join(',')}}`
    default:
      return print(node)
  }
}
