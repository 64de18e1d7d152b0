import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Failure } from '../src/failure.js'
import { Model } from '../src/model.js'
import { disconnect } from '../src/actions.js'
import { Session } from '../src/session.js'

/** A model that has looked once, and found Google connected. */
function connected() {
  /** @type {object[]} */
  const told = []
  const host = /** @type {import('../src/types.js').Host} */ ({
    endpoint: () => new URL('https://connections.example.com/graphql'),
    recent: () => false,
    scopes: () => [],
    changed: () => undefined,
    dispatch: (type, detail) => told.push({ type, ...detail }) > 0,
    describe: (failure) => failure.message,
  })
  const session = /** @type {import('../src/session.js').Session} */ (/** @type {unknown} */ ({ now: () => 0 }))
  const model = new Model(session, host)
  model.connections = [
    { id: '1', provider: 'google', status: 'ACTIVE', expiresAt: null, refreshable: true, account: null, scopes: [], missingScopes: [], reconnectBy: null, connectedAt: 0, refreshedAt: null, lastFailure: null, lastUse: null, events: null },
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

/** @param {string} user */
const jwtOf = (user) => `h.${Buffer.from(JSON.stringify({ sub: user })).toString('base64url')}.s`

/**
 * Ada's connections are shown; then Bob signs in, and the server does not answer any more.
 * @returns {{ model: Model, session: Session, told: object[], asked: string[], sent: string[] }}
 */
function adas() {
  const { model: made, told } = connected()
  const session = new Session(() => 0)
  const model = new Model(session, made.host)
  model.connections = made.connections
  model.user = 'ada'
  model.phase = 'ready'
  /** @type {string[]} */
  const asked = []
  /** @type {string[]} */
  const sent = []
  globalThis.fetch = (_, init) => {
    asked.push(String(new Headers(init?.headers).get('authorization')))
    sent.push(String(init?.body))
    return new Promise(() => {})
  }
  return { model, session, told, asked, sent }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('one user’s connections are gone before the next user’s are asked for', async () => {
  const { model, session, told, asked } = adas()
  session.source = jwtOf('ada')
  void model.look()
  await settled()
  assert.equal(model.connections.length, 1, 'the same user’s stay while they are looked at again')
  session.source = jwtOf('bob')
  model.sessionChanged()
  // Not even the request that is under way is waited for.
  void model.look()
  await settled()
  assert.deepEqual(asked, [`Bearer ${jwtOf('ada')}`, `Bearer ${jwtOf('bob')}`])
  assert.deepEqual(model.connections, [])
  assert.equal(model.phase, 'loading')
  assert.deepEqual(told, [{ type: 'changed', connections: [] }])
})

test('a click on one user’s row does nothing to the next user’s connection', async () => {
  const { model, session, sent } = adas()
  session.source = () => jwtOf('bob')
  void disconnect(model, 'google')
  await settled()
  // Bob's list is asked for, and nothing else.
  assert.deepEqual(sent.map((body) => body.includes('disconnectProvider')), [false])
  assert.deepEqual(model.connections, [])
})
