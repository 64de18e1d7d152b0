import { type ASTNode, type DocumentNode, Kind, print } from 'graphql'

import { nodes, ofKind, replaced, selection } from '../generate/edit.ts'
import { pieces } from '../generate/noise.ts'
import { parsed } from '../oracle/oracle.ts'
import type { Request } from '../request.ts'

/** What can be left out of a document and leave one. */
const PARTS: readonly string[] = [Kind.OPERATION_DEFINITION, Kind.FRAGMENT_DEFINITION, Kind.FIELD, Kind.FRAGMENT_SPREAD, Kind.INLINE_FRAGMENT, Kind.DIRECTIVE, Kind.ARGUMENT, Kind.VARIABLE_DEFINITION]

/** Requests that are tried, at most. */
const TRIES = 300

/** The smallest request found, by leaving out one part after the other, that still differs. */
export async function shrunk(request: Request, differs: (smaller: Request) => Promise<boolean>): Promise<Request> {
  let smallest = request
  const tried = new Set<string>()
  for (let found = true; found; ) {
    found = false
    for (const smaller of smallerOnes(smallest)) {
      const key = JSON.stringify([smaller.query, smaller.operationName, [...(smaller.variables ?? [])]])
      if (tried.size > TRIES) return smallest
      if (tried.has(key) || !tried.add(key) || !(await differs(smaller))) continue
      smallest = smaller
      found = true
      break
    }
  }
  return smallest
}

function* smallerOnes(request: Request): Generator<Request> {
  const { operationName: _, ...unnamed } = request
  if (request.operationName !== undefined) yield unnamed
  const document = parsed(request.query)
  if (document !== null && print(document) !== request.query) yield { ...request, query: print(document) }
  // Where the difference is in how the text is written, or it is no document: what stands between its tokens stays.
  if (document === null || print(document) !== request.query) {
    yield* fewerPieces(request)
    return
  }
  for (const part of nodes(document, (node): node is ASTNode => PARTS.includes(node.kind))) {
    const without = replaced(document, part, null)
    yield* written(request, tidied(without))
    yield* written(request, without)
  }
  for (const set of nodes(document, ofKind(Kind.SELECTION_SET))) {
    yield* written(request, tidied(replaced(document, set, { ...set, selections: [selection('__typename')] })))
  }
  // What stands within a fragment, in its place.
  for (const fragment of nodes(document, ofKind(Kind.INLINE_FRAGMENT))) {
    for (const inner of fragment.selectionSet.selections) yield* written(request, tidied(replaced(document, fragment, inner)))
  }
  for (const name of request.variables?.keys() ?? []) {
    yield { ...request, variables: new Map([...(request.variables ?? [])].filter(([other]) => other !== name)) }
  }
}

function* written(request: Request, document: DocumentNode): Generator<Request> {
  const query = print(document)
  if (query.length < request.query.length && parsed(query) !== null) yield { ...request, query }
}

/** Without the fragments and variables that nothing uses any more. */
function tidied(document: DocumentNode): DocumentNode {
  const spread = nodes(document, ofKind(Kind.FRAGMENT_SPREAD)).map(({ name }) => name.value)
  const unused = nodes(document, ofKind(Kind.FRAGMENT_DEFINITION)).filter(({ name }) => !spread.includes(name.value))
  if (unused.length > 0) return tidied(unused.reduce((rest: DocumentNode, one) => replaced(rest, one, null), document))
  const variables = nodes(document, ofKind(Kind.VARIABLE)).map(({ name }) => name.value)
  const idle = nodes(document, ofKind(Kind.VARIABLE_DEFINITION)).filter(({ variable: { name } }) => variables.filter((one) => one === name.value).length < 2)
  return idle.reduce((rest: DocumentNode, one) => replaced(rest, one, null), document)
}

function* fewerPieces(request: Request): Generator<Request> {
  const all = pieces(request.query)
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < all.length; from += size) {
      yield { ...request, query: [...all.slice(0, from), ...all.slice(from + size)].join('') }
    }
  }
}
