import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Failure } from '../src/failure.js'
import { Model } from '../src/model.js'
import { disconnect, refresh } from '../src/actions.js'
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

test('a click whose JWT comes when the next user’s list is known does nothing to theirs', async () => {
  const { model, session, sent } = adas()
  /** @type {((jwt: string) => void)[]} */
  const answers = []
  session.source = () => new Promise((resolve) => answers.push(resolve))
  void disconnect(model, 'google')
  void model.look()
  await settled()
  answers[1]?.(jwtOf('bob'))
  await settled()
  assert.equal(model.user, 'bob')
  answers[0]?.(jwtOf('bob'))
  await settled()
  assert.deepEqual(sent.map((body) => body.includes('disconnectProvider')), [false])
})

/** @type {Record<string, (model: Model) => Promise<void>>} */
const ACTIONS = {
  refresh: (model) => refresh(model, 'google'),
  disconnect: (model) => disconnect(model, 'google'),
  revoke: (model) => model.access.revoke('google', 'agent'),
}
for (const [name, act] of Object.entries(ACTIONS)) {
  for (const well of [true, false]) {
    test(`what came of one user’s ${name}, which ${well ? 'went well' : 'failed'}, is not told under the next user`, async () => {
      const { model, session, told } = adas()
      let user = 'ada'
      session.source = () => jwtOf(user)
      /** @type {(answer: Response) => void} */
      let answer = () => {}
      globalThis.fetch = async (_, init) => {
        if (String(init?.body).includes('mutation')) return await new Promise((resolve) => (answer = resolve))
        return Response.json({ data: { providerConnections: [], providerAccessGrants: [] } })
      }
      const done = act(model)
      await settled()
      user = 'bob'
      await model.look()
      assert.equal(model.user, 'bob')
      const failed = { errors: [{ message: 'It failed.', extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] }
      answer(Response.json(well ? { data: { disconnectProvider: { revocation: 'REVOKED' } } } : failed))
      await done
      assert.deepEqual([...model.notes], [])
      assert.deepEqual(model.news, [])
      assert.deepEqual([...new Set(told.map((one) => 'type' in one && one.type))], ['changed'])
    })
  }
}

test('news of one user that was not shown yet is not shown to the next', async () => {
  const { model, session } = adas()
  model.news.push({ provider: 'google', note: { key: 'wasRefreshed' } })
  session.source = jwtOf('bob')
  void model.look()
  await settled()
  assert.deepEqual(model.news, [])
})

test('after a session change, a look that waited for the former one reads nothing side by side with the newer', async () => {
  const { model, session } = adas()
  /** @type {(() => void)[]} */
  const answers = []
  globalThis.fetch = () => new Promise((resolve) => answers.push(() => resolve(Response.json({ data: { providerConnections: [] } }))))
  session.source = jwtOf('ada')
  void model.look()
  await settled()
  const waiting = model.look()
  session.source = jwtOf('ada')
  model.sessionChanged()
  void model.look()
  await settled()
  const newer = model.look()
  assert.equal(answers.length, 2)
  answers[0]?.()
  await settled()
  assert.equal(answers.length, 2, 'the newer look is under way')
  answers[1]?.()
  await settled()
  assert.equal(answers.length, 3)
  answers[2]?.()
  await Promise.all([waiting, newer])
  await settled()
  assert.equal(answers.length, 3)
})
