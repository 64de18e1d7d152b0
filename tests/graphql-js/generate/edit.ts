import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  parse,
  parseValue,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql'

import type { Random } from '../random.ts'

/** All nodes that `is` says yes to, in the document's order. */
export function nodes<Node extends ASTNode>(document: DocumentNode, is: (node: ASTNode) => node is Node): Node[] {
  const found: Node[] = []
  visit(document, {
    enter(node) {
      if (is(node)) found.push(node)
    },
  })
  return found
}

export function ofKind<Name extends ASTNode['kind']>(kind: Name) {
  return (node: ASTNode): node is Extract<ASTNode, { kind: Name }> => node.kind === kind
}

/** The document with another node in this one's place, or with none. */
export function replaced(document: DocumentNode, node: ASTNode, by: ASTNode | null): DocumentNode {
  const edited: DocumentNode = visit(document, {
    enter(other) {
      return other === node ? by : undefined
    },
  })
  return edited
}

/** One node of the kind, where there is one, replaced by what `edit` makes of it. */
export function editing<Name extends ASTNode['kind']>(
  random: Random,
  document: DocumentNode,
  kind: Name,
  edit: (node: Extract<ASTNode, { kind: Name }>) => ASTNode | null | undefined,
): DocumentNode | undefined {
  const found = nodes(document, ofKind(kind))
  if (found.length === 0) return undefined
  const node = random.pick(found)
  const by = edit(node)
  return by === undefined ? undefined : replaced(document, node, by)
}

/** One set of selections with this one added, at either end. */
export function selecting(random: Random, document: DocumentNode, text: string): DocumentNode | undefined {
  return editing(random, document, Kind.SELECTION_SET, (set) => withSelection(random, set, selection(text)))
}

export function withSelection(random: Random, set: SelectionSetNode, added: SelectionNode): SelectionSetNode {
  return { ...set, selections: random.chance(0.5) ? [added, ...set.selections] : [...set.selections, added] }
}

export function selection(text: string): SelectionNode {
  for (const definition of parse(`{ ${text} }`).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const found of definition.selectionSet.selections) return found
  }
  throw new Error(`${text} is no selection`)
}

export function field(text: string): FieldNode {
  const found = selection(text)
  if (found.kind !== Kind.FIELD) throw new Error(`${text} is no field`)
  return found
}

export function directive(text: string): DirectiveNode {
  for (const found of selection(`a ${text}`).directives ?? []) return found
  throw new Error(`${text} is no directive`)
}

export function value(text: string): ValueNode {
  return parseValue(text)
}
