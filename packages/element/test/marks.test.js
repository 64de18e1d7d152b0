import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'

import { isProvider } from '../src/providers.js'
import { markOf, pathIn } from '../src/view/marks.js'

const { fetch } = globalThis
after(() => void (globalThis.fetch = fetch))
const folder = new URL('../dist/marks/', import.meta.url)

test('every mark is one of Simple Icons, of a provider, and one path that can be drawn', async () => {
  const { resolve } = createRequire(import.meta.url)
  const names = await readdir(folder)
  assert.equal(names.length, 11)
  for (const name of names) {
    const provider = name.replace('.svg', '')
    assert.ok(isProvider(provider), name)
    const text = await readFile(new URL(name, folder), 'utf8')
    assert.equal(text, await readFile(resolve(`simple-icons/icons/${provider === 'twitter' ? 'x' : provider}.svg`), 'utf8'))
    /** @type {string[]} */
    const asked = []
    globalThis.fetch = async (address) => (asked.push(String(address)), new Response(text))
    assert.match((await markOf(provider)) ?? '', /^[Mm]/)
    assert.match(asked[0] ?? '', new RegExp(`/marks/${name}$`))
    // Another row of it asks for nothing.
    await markOf(provider)
    assert.equal(asked.length, 1)
  }
})

test('a provider without a mark asks for none', async () => {
  globalThis.fetch = () => Promise.reject(new Error('nothing is to be asked for'))
  for (const provider of /** @type {const} */ (['linkedin', 'workos', 'entraid', 'azuread', 'windowslive'])) assert.equal(await markOf(provider), null)
})

test('what is no drawing is not drawn: a pinned script takes nothing else from a file', () => {
  for (const body of ['<!doctype html><h1>404</h1>', '<svg><path d="M0 0" onload="alert(1)"/></svg>', '<svg><path d="url(javascript:alert(1))"/></svg>']) {
    assert.equal(pathIn(body), null)
  }
})
