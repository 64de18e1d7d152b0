import assert from 'node:assert/strict'
import { test } from 'node:test'

import { accessGrants } from '../src/access.js'
import { connection } from '../src/answer.js'
import { Words } from '../src/words.js'

test('an answer becomes what apps may read, and what can’t be shown is left out', () => {
  const grants = accessGrants([
    { clientId: 'https://agent.example/client.json', provider: 'google', lastUsedAt: '2026-01-31T12:00:00Z' },
    { clientId: 'agent', provider: 'github', lastUsedAt: null },
    { clientId: 'agent', provider: 'of a newer server' },
    { provider: 'google' },
    null,
  ])
  assert.deepEqual(grants, [
    { clientId: 'https://agent.example/client.json', provider: 'google', lastUsedAt: Date.UTC(2026, 0, 31, 12) },
    { clientId: 'agent', provider: 'github', lastUsedAt: null },
  ])
  for (const value of [null, undefined, {}, 'google']) assert.deepEqual(accessGrants(value), [])
})

test('a use by an app is told as such', () => {
  const one = connection({ provider: 'google', status: 'ACTIVE', lastUse: [{ at: '2026-01-31T11:00:00Z', actor: 'CLIENT' }] })
  assert.equal(one?.lastUse?.actor, 'CLIENT')
  assert.equal(new Words('en', {}, Date.now).actor('CLIENT'), 'an app with access')
})
