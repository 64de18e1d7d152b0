import { type DocumentNode, type GraphQLSchema, Kind, parse, print } from 'graphql'

import type { Random } from '../random.ts'
import type { Request } from '../request.ts'
import { BREAKS } from './breaks.ts'
import { caller, validRequest } from './document.ts'
import type { Hints } from './hints.ts'
import { disguised, joined, type Token, tokens } from './noise.ts'
import { WRONG_JSON } from './values.ts'

/** A request that is a valid one with a mistake or two: in the document's rules, its syntax, its variables, or the operation's name. */
export function brokenRequest(random: Random, schema: GraphQLSchema, hints: Hints): Request {
  const valid = validRequest(random, schema, hints)
  const kind = random.pick(['rule', 'rule', 'rule', 'rule', 'rule', 'syntax', 'variables', 'name'])
  if (kind === 'syntax') return withQuery(random, valid, misspelt(random, valid.query))
  if (kind === 'variables') return { ...valid, variables: wrongVariables(random, valid) }
  if (kind === 'name') return { ...valid, operationName: random.pick(['Nobody', '', 'F', 'query']) }
  let document = parse(valid.query)
  for (const name of random.shuffled(Object.keys(BREAKS)).slice(0, random.chance(0.9) ? 1 : 2)) {
    document = brokenBy(random, name, document)
  }
  const text = print(document)
  return withQuery(random, valid, random.chance(0.7) ? text : disguised(random, tokens(text)))
}

/** Where one way does not apply to the document, it stays as it is. */
function brokenBy(random: Random, name: string, document: DocumentNode): DocumentNode {
  const way = new Map(Object.entries(BREAKS)).get(name)
  return way?.(random, document) ?? document
}

function withQuery(random: Random, request: Request, query: string): Request {
  const sends = caller(random, query)
  return { ...request, query, caller: request.caller === 'nobody' ? 'nobody' : sends }
}

function wrongVariables(random: Random, request: Request): Map<string, string> {
  const names = parse(request.query).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value) : [],
  )
  const sent = new Map(request.variables ?? [])
  if (names.length === 0) return sent.set('undeclared', random.pick(WRONG_JSON))
  const name = random.pick(names)
  if (random.chance(0.3)) sent.delete(name)
  else sent.set(name, random.pick(WRONG_JSON))
  return sent
}

const PIECES = ['{', '}', '(', ')', '[', ']', ':', '=', '@', '$', '!', '|', '&', '...', 'on', 'a', 'null', 'query', 'fragment', '1', '-1', '01', '1.', '1e', '.5', '1a', '"', '"""', '"a"', '""" \\""" """', '"\\x"', '"\\u00"', '"\\u{110000}"', '"\\uD800"', '"a\nb"', '%', '\\', '\u0000', '\u00A0', 'é', '\u{1F600}', ';', '?', '..', '#', '"d" ', 'type', 'schema', 'extend']

/** The document with tokens left out, doubled, swapped or put in, or broken off. */
function misspelt(random: Random, query: string): string {
  // Between characters: JSON in UTF-8 has no half of one (RFC 8259, section 8.2).
  const characters = [...query]
  if (random.chance(0.1)) return characters.slice(0, random.below(characters.length)).join('')
  if (random.chance(0.02)) return random.pick(['', ' ', '#', '{', '{}', '\uFEFF', ',', 'query', 'null', '"a"', '{ a } }'])
  let found: Token[] = tokens(query)
  for (let left = random.pick([1, 1, 1, 2]); left > 0; left--) found = edited(random, found)
  return random.chance(0.8) ? joined(found) : disguised(random, found)
}

function edited(random: Random, found: Token[]): Token[] {
  const at = random.below(found.length)
  const piece = { kind: 'piece', text: random.pick(PIECES), value: undefined }
  switch (random.below(5)) {
    case 0:
      return found.filter((_, other) => other !== at)
    case 1:
      return [...found.slice(0, at), piece, ...found.slice(at)]
    case 2:
      return [...found.slice(0, at + 1), ...found.slice(at)]
    case 3:
      return [...found.slice(0, at), ...found.slice(at, at + 2).reverse(), ...found.slice(at + 2)]
    default:
      return [...found.slice(0, at), piece, ...found.slice(at + 1)]
  }
}
