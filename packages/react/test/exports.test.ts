import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import * as core from '@provider-connections/core'

import * as react from '../src/index.ts'

test('all of the core is exported, and by name: Next.js takes no `export *` at the border of client components', async () => {
  assert.deepEqual(Object.keys(core).filter((name) => !(name in react)), [])
  const shipped = await readFile(new URL('../dist/index.js', import.meta.url), 'utf8')
  assert.match(shipped, /^'use client'\n/)
  assert.doesNotMatch(shipped, /export \*/)
})
