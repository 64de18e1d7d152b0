import { Lexer, Source, TokenKind } from 'graphql'

import type { Random } from '../random.ts'

/** A lexical token (section 2.1.6); of a string, what it means. */
export type Token = { kind: string; text: string; value: string | undefined }

/** The tokens of a document that can be read; those before the first that can't otherwise. */
export function tokens(document: string): Token[] {
  const lexer = new Lexer(new Source(document))
  const found: Token[] = []
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    const isString = token.kind === TokenKind.STRING || token.kind === TokenKind.BLOCK_STRING
    found.push({ kind: token.kind, text: document.slice(token.start, token.end), value: isString ? token.value : undefined })
  }
  return found
}

const IGNORED = [' ', ' ', ' ', '\n', '\r\n', '\r', '\t', ',', ' , ,', '\uFEFF', '# a comment\n', '#\n', '# "{(\u{1F600} é\r\n', ' \n  ']

/** The same document, looking otherwise: other whitespace, commas, comments, marks of byte order, strings (section 2.1). */
export function disguised(random: Random, found: readonly Token[]): string {
  let text = random.chance(0.2) ? '\uFEFF' : ''
  for (const token of found) {
    if (text !== '') text += separator(random)
    text += token.value === undefined ? token.text : string(random, token)
  }
  return text + (random.chance(0.3) ? separator(random) : '')
}

/** The document again, a space between tokens. */
export function joined(found: readonly Token[]): string {
  return found.map(({ text }) => text).join(' ')
}

function separator(random: Random): string {
  const first = random.pick(IGNORED)
  return random.chance(0.1) ? first + random.pick(IGNORED) : first
}

function string(random: Random, { text, value = '' }: Token): string {
  const written = random.pick([() => text, () => JSON.stringify(value), () => escaped(random, value), () => block(random, value)])()
  const [again] = tokens(written)
  // A value that can't be written this way, such as one with line breaks at its ends, stays as it is.
  return again?.value === value ? written : text
}

/** Escapes where none are needed: `\u0041`, `\u{1F600}`, pairs of surrogates. */
function escaped(random: Random, value: string): string {
  const characters = [...value].map((character) => {
    const code = character.codePointAt(0) ?? 0
    const plain = JSON.stringify(character).slice(1, -1)
    if (random.chance(0.5)) return plain
    if (random.chance(0.3)) return `\\u{${code.toString(16)}}`
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
  return `"${characters.join('')}"`
}

function block(random: Random, value: string): string {
  const lines = value.replaceAll('"""', '\\"""').split('\n')
  const indent = random.pick(['', '  ', '\t'])
  const end = random.pick(['\n', '\r\n'])
  if (random.chance(0.5)) return `"""${end}${lines.map((line) => indent + line).join(end)}${end}${indent}"""`
  return `"""${lines.join(end)}"""`
}

/** The text in pieces, each a token and what stands before it; what can't be read is the last. */
export function pieces(document: string): string[] {
  const lexer = new Lexer(new Source(document))
  const found: string[] = []
  let from = 0
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      found.push(document.slice(from, token.end))
      from = token.end
    }
  } catch {
    // The rest is none of GraphQL's.
  }
  return [...found, document.slice(from)]
}
