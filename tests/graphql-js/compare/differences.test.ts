import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Answered, Outcome } from '../oracle/outcome.ts'
import { difference } from './differences.ts'

const executed = (data: unknown, ...paths: Answered['paths']): Outcome => ({ class: 'executed', rules: [], data, paths, causes: paths, status: 200, nullRefused: false })

test('equal answers have no difference', () => {
  assert.equal(difference(executed({ a: [1, null] }, ['a', 1]), executed({ a: [1, null] }, ['a', 1])), null)
})

test('a class, a status, a value, a length and the order of keys are differences', () => {
  const refused = (status: number): Outcome => ({ class: 'validation', rules: [], data: undefined, paths: [], causes: [], status, nullRefused: false })
  assert.match(difference(executed({}), refused(200)) ?? '', /graphql-js: executed, the server: validation/)
  assert.match(difference(refused(400), refused(200)) ?? '', /status 400, the server's 200/)
  assert.match(difference(executed({ a: { b: 1 } }), executed({ a: { b: 2 } })) ?? '', /data\.a\.b: 1, the server has 2/)
  assert.match(difference(executed({ a: [1] }), executed({ a: [1, 2] })) ?? '', /1 items, the server has 2/)
  assert.match(difference(executed({ a: 1, b: 2 }), executed({ b: 2, a: 1 })) ?? '', /the keys a,b, the server has b,a/)
  assert.match(difference(executed(null), executed({})) ?? '', /null, the server has \{\}/)
})

test('each null has an error of one cause, and no error comes twice', () => {
  const nothing = { a: null }
  assert.match(difference(executed(nothing, ['a']), executed(nothing)) ?? '', /errors at a/)
  assert.match(difference(executed(nothing), executed(nothing, ['a'])) ?? '', /errors at a/)
  assert.match(difference(executed(nothing, ['a']), executed(nothing, ['a'], ['a'])) ?? '', /two errors at a/)
  assert.match(difference(executed(nothing, ['a', 0]), executed(nothing, ['a', 1])) ?? '', /errors at a/)
})

test('where a null takes others with it, it does not matter who is met first', () => {
  const nothing = { a: null }
  assert.equal(difference(executed(nothing, ['a', 'b'], ['a', 'c']), executed(nothing, ['a', 'c'])), null)
})
