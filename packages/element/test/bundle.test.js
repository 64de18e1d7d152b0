import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

/** What the element may weigh, in bytes, gzipped. */
const LIMIT = 24_500

const bundle = await readFile(new URL('../dist/provider-connections.js', import.meta.url))

test('the bundle is under 24.5 kB gzipped', () => {
  const size = gzipSync(bundle, { level: 9 }).length
  assert.ok(size < LIMIT, `${size} bytes`)
})

test('the bundle is one file that never asks for an access token, keeps nothing beyond the tab, and parses no HTML', () => {
  const text = bundle.toString()
  assert.doesNotMatch(text, /accessToken|localStorage|document\.cookie|indexedDB|console\./)
  assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/)
  assert.doesNotMatch(text, /\bimport\s*[({"']|https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
})

test('one source alone keeps anything in the tab: which sign-in it has begun', async () => {
  const folder = new URL('../src/', import.meta.url)
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'))
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  assert.deepEqual(names.filter((_, at) => /sessionStorage\./.test(texts[at] ?? '')), ['pending.js'])
})

test('no source goes around its types', async () => {
  const folder = new URL('../src/', import.meta.url)
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'))
  assert.ok(names.length > 20)
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8')
    // In JSDoc, a cast is a type before a parenthesis; a declaration's parameter is in one as well, but names it.
    assert.doesNotMatch(text, /@(?:type|satisfies) \{.*\} \*\/ ?\(/, name)
    assert.doesNotMatch(text, /@\w+ \{[^\n]*\b(?:any|Function)\b[^\n]*\}/, name)
    assert.ok(text.split('\n').length <= 250, `${name} is long`)
  }
})
