import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Failure } from '../src/failure.js'
import { Model } from '../src/model.js'

/** A model that has looked once, and found Google connected. */
function connected() {
  /** @type {object[]} */
  const told = []
  const host = /** @type {import('../src/model.js').Host} */ ({
    endpoint: () => new URL('https://connections.example.com/graphql'),
    recent: () => false,
    changed: () => undefined,
    dispatch: (type, detail) => told.push({ type, ...detail }) > 0,
    describe: (failure) => failure.message,
  })
  const session = /** @type {import('../src/session.js').Session} */ (/** @type {unknown} */ ({ now: () => 0 }))
  const model = new Model(session, host)
  model.connections = [
    { id: '1', provider: 'google', status: 'ACTIVE', expiresAt: null, refreshable: true, account: null, reconnectBy: null, connectedAt: 0, refreshedAt: null, lastFailure: null, lastUse: null, events: null },
  ]
  return { model, told }
}

test('a token that the server can’t open asks for a new sign-in, though the connection is active', () => {
  const { model, told } = connected()
  assert.equal(model.state('google'), 'connected')
  model.fail('google', new Failure('TOKEN_UNREADABLE', 'unreadable', { reauthenticationUrl: 'https://auth/' }))
  assert.equal(model.state('google'), 'sign-in-again')
  assert.equal(model.state('github'), 'not-connected')
  assert.deepEqual(told, [{ type: 'failed', code: 'TOKEN_UNREADABLE', message: 'unreadable', provider: 'google', reauthenticationUrl: 'https://auth/' }])
})

test('any other failure leaves the state to the connection’s status', () => {
  const { model } = connected()
  model.fail('google', new Failure('UPSTREAM_UNAVAILABLE'))
  assert.equal(model.state('google'), 'connected')
})
