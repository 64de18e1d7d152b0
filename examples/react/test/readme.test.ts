import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

const at = (path: string) => new URL(`../${path}`, import.meta.url)
const readme = await readFile(at('README.md'), 'utf8')

test('the README shows what compiles', async () => {
  assert.ok(readme.includes(`\n\`\`\`tsx\n${await readFile(at('test/usage.tsx'), 'utf8')}\`\`\`\n`))
})

test('the README says of each file to be copied what it is for', async () => {
  for (const file of await readdir(at('src/connections'))) assert.ok(readme.includes(`\`${file}\``), file)
})

test('what is to be copied imports nothing of the page, and nothing of the tests', async () => {
  for (const file of await readdir(at('src/connections'))) {
    const text = await readFile(at(`src/connections/${file}`), 'utf8')
    for (const [, path] of text.matchAll(/from '(\.[^']*)'/g)) assert.match(path ?? '', /^\.\/[^/]+$/, file)
  }
})
