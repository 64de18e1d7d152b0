import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

test('docs/gateways.md shows the configuration that these tests use', async () => {
  const page = await readFile(new URL('../../../docs/gateways.md', import.meta.url), 'utf8')
  const shown = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, body]) => body)
  const folder = new URL('config/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name !== 'define-config.ts')
  const used = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  assert.deepEqual(shown.toSorted(), used.toSorted())
})
