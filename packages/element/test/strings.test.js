import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { LANGUAGES } from '../src/strings/index.js'
import { texts as en } from '../src/strings/texts.js'

/** @param {string} text */
const blanks = (text) => [...new Set(text.match(/\{\w+\}/g))].sort()

test('every text is there in every language, with the same blanks to fill in', () => {
  for (const [key, text] of Object.entries(en)) {
    assert.deepEqual(Object.keys(text), LANGUAGES, key)
    for (const language of LANGUAGES) {
      assert.notEqual(text[language].trim(), '', `${language}: ${key}`)
      assert.deepEqual(blanks(text[language]), blanks(text.en), `${language}: ${key}`)
    }
  }
})

test('every text is translated: none is the English one, unless German has the same word or there is no word in it', () => {
  const same = Object.entries(en).flatMap(([key, text]) => (text.de === text.en ? [key] : []))
  assert.deepEqual(same, ['stateIs', 'details', 'eventTimes'])
})

test('no text is left that nothing says', async () => {
  const folder = new URL('../src/', import.meta.url)
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js') && !name.startsWith('strings'))
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))
  const source = sources.join('\n')
  const kinds = (await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8')).match(/enum ProviderConnectionEventKind \{([^}]*)\}/)?.[1] ?? ''
  const spoken = Object.keys(en).filter((key) => {
    if (key.startsWith('event') && kinds.includes(`  ${key.slice(5)}\n`)) return true
    // Failures of this server: every one of them is in docs/errors.md, or made in the source.
    if (/^fail[A-Z_]+$/.test(key)) return true
    return source.includes(`'${key}'`)
  })
  assert.deepEqual(Object.keys(en).filter((key) => !spoken.includes(key)), [])
})

test('every event of the schema, and every failure that a user can meet, has words', async () => {
  const schema = await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8')
  const body = schema.match(/enum ProviderConnectionEventKind \{([^}]*)\}/)?.[1] ?? ''
  const kinds = [...body.matchAll(/^ {2}([A-Z_]+)$/gm)].map(([, kind]) => `event${kind}`)
  assert.ok(kinds.length > 8)
  const errors = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  // The others are mistakes in a call: this package's own, for its tests; or a service's, which imports.
  const mistakes = [
    'QUERY_TOO_COMPLEX',
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'METHOD_NOT_ALLOWED',
    'NOT_FOUND',
    'UNSUPPORTED_MEDIA_TYPE',
    'BAD_REQUEST',
    'PAYLOAD_TOO_LARGE',
    'MISDIRECTED_REQUEST',
    'PERSISTED_QUERY_NOT_SUPPORTED',
    'PERSISTED_QUERY_NOT_FOUND',
    'IMPORT_REFUSED',
  ]
  const codes = [...errors.matchAll(/^## `([A-Z_]+)`$/gm)].flatMap(([, code]) => (code === undefined || mistakes.includes(code) ? [] : [`fail${code}`]))
  assert.ok(codes.length > 8)
  assert.deepEqual([...kinds, ...codes].filter((key) => !Object.hasOwn(en, key)), [])
})
