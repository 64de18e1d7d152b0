/**
 * What people read in source code, for textlint: descriptions and comments of GraphQL, and comments and string literals of
 * Rust and JavaScript. Each becomes a paragraph at its place in the file; the code between them is left out. The files of
 * strings have German next to the English: it is read apart, as `.de.js`.
 */

/** What a file of strings is called when its German is read. */
export const GERMAN = '.de.js'

// Comments on lines that follow each other are one. A character of Rust is listed so that its quote begins no string.
const RUST =
  /(?<prose>\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*)|\/\*[^]*?\*\/|b?r(#*)"(?<raw>[^]*?)"\2|b?"(?<text>(?:\\[^]|[^"\\])*)"|b?'(?:\\[^\n]{1,10}?|[^'\\\n])'/g
const JAVASCRIPT =
  /(?<prose>\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*)|\/\*(?<raw>[^]*?)\*\/|'(?<text>(?:\\[^]|[^'\\\n])*)'|"(?<double>(?:\\[^]|[^"\\\n])*)"|`(?<template>(?:\\[^]|[^`\\])*)`/g
const GRAPHQL = /"""(?<raw>[^]*?)"""|"(?<text>(?:\\.|[^"\\\n])*)"|(?<prose>#[^\n]*(?:\n\s*#[^\n]*)*)/g

const LANGUAGES = { '.rs': RUST, '.js': JAVASCRIPT, '.ts': JAVASCRIPT, '.graphql': GRAPHQL, [GERMAN]: JAVASCRIPT }

/** Whether a string is in the column of German: `de: '…'`. */
const isGerman = (text, at) => /\bde:\s*$/.test(text.slice(Math.max(0, at - 20), at))

/** One word is a name or a key: nothing to read. */
const isProse = (text) => /[A-Za-z,;:]\s+[a-z(`{]/.test(text)

/** Where the offset is, as textlint counts: lines from 1, columns from 0. */
function positions(text) {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle] <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low] }
  }
}

function parse(text, extension) {
  const position = positions(text)
  const node = (type, start, end, rest) => ({
    type,
    raw: text.slice(start, end),
    range: [start, end],
    loc: { start: position(start), end: position(end) },
    ...rest,
  })
  const children = []
  for (const match of text.matchAll(LANGUAGES[extension])) {
    const prose = Object.values(match.groups).find((group) => group !== undefined)
    if (prose === undefined) continue
    if (LANGUAGES[extension] === JAVASCRIPT && isGerman(text, match.index) !== (extension === GERMAN)) continue
    // In German a single word is read, too: it may be English.
    if (extension !== GERMAN && !isProse(prose)) continue
    const start = match.index + match[0].indexOf(prose)
    const end = start + prose.length
    children.push(node('Paragraph', start, end, { children: [node('Str', start, end, { value: prose })] }))
  }
  return node('Document', 0, text.length, { children })
}

class SourceProcessor {
  availableExtensions() {
    return Object.keys(LANGUAGES)
  }

  processor(extension) {
    return {
      preProcess: (text) => parse(text, extension),
      postProcess: (messages, filePath) => ({ messages, filePath }),
    }
  }
}

export default { Processor: SourceProcessor }
