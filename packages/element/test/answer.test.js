import assert from 'node:assert/strict'
import { test } from 'node:test'

import { webAddress } from '../src/address.js'
import { connection, connections, revocation } from '../src/answer.js'
import { listed } from '../src/providers.js'

test('an answer becomes connections, and no token is taken over even where one is in it', () => {
  const [one, ...more] = connections([
    {
      id: '1', provider: 'google', status: 'ACTIVE', accessToken: 'secret', expiresAt: '2026-01-31T12:00:00Z', refreshable: true,
      lastUse: [{ at: '2026-01-31T11:00:00Z', actor: 'SERVICE' }],
    },
    { id: '2', provider: 'of a newer server', status: 'ACTIVE' },
    null,
  ])
  assert.equal(more.length, 0)
  assert.equal(one?.expiresAt, Date.UTC(2026, 0, 31, 12))
  assert.deepEqual(one.lastUse, { at: Date.UTC(2026, 0, 31, 11), actor: 'SERVICE' })
  assert.doesNotMatch(JSON.stringify(one), /secret/)
})

test('what is missing or of another form is taken for absent', () => {
  for (const value of [null, undefined, 3, 'google', [], { provider: 'google', status: 'NEW' }, { provider: 'toString', status: 'ACTIVE' }]) {
    assert.equal(connection(value), null)
  }
  assert.equal(connection({ provider: 'google', status: 'ACTIVE', expiresAt: 'soon' })?.expiresAt, null)
  assert.equal(revocation('SOMETHING'), 'UNSUPPORTED')
})

test('providers are listed with spaces or commas, each once', () => {
  assert.deepEqual(listed(' github,google  github,\nmyspace constructor'), ['github', 'google'])
  assert.deepEqual(listed(null), [])
})

test('only addresses of the web are gone to', () => {
  assert.equal(webAddress('https://auth.example.com/x')?.href, 'https://auth.example.com/x')
  for (const address of ['javascript:alert(1)', 'data:text/html,x', 'blob:https://a/b', '', null, '//']) assert.equal(webAddress(address), null)
})
