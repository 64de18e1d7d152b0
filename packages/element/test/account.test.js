import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { connection } from '../src/answer.js'
import { field, parse, text } from '../src/json.js'
import { Model } from '../src/model.js'
import { Session } from '../src/session.js'

const DAY = 86_400_000
const { fetch } = globalThis
after(() => void (globalThis.fetch = fetch))

/**
 * @param {(query: string) => object} answer
 * @param {string[]} [needed] The scopes that the app needs of Google.
 */
function model(answer, needed = []) {
  /** @type {string[]} */
  const asked = []
  globalThis.fetch = async (_, init) => {
    const query = text(field(parse(String(init?.body)), 'query')) ?? ''
    asked.push(query)
    return Response.json(answer(query))
  }
  const session = new Session(() => 0)
  session.source = 'jwt'
  const made = new Model(session, {
    endpoint: () => new URL('https://connections.example.com/graphql'),
    recent: () => false,
    scopes: (provider) => (provider === 'google' ? needed : []),
    changed: () => undefined,
    dispatch: () => true,
    describe: (failure) => failure.message,
  })
  return { made, asked }
}

const answered = (/** @type {object} */ more) => ({ data: { providerConnections: [{ id: '1', provider: 'google', status: 'ACTIVE', ...more }], providerAccessGrants: [] } })

test('an account is what the server says of it; one without an id is none', () => {
  const one = connection({ provider: 'github', status: 'ACTIVE', account: { id: '7', login: 'ada', avatarUrl: 'https://pictures.example.com/7', email: null } })
  assert.deepEqual(one?.account, { id: '7', email: null, login: 'ada', name: null, avatarUrl: 'https://pictures.example.com/7' })
  for (const account of [null, {}, 'ada', { login: 'ada' }]) assert.equal(connection({ provider: 'github', status: 'ACTIVE', account })?.account, null)
})

/**
 * The state of a connection whose end is forecast.
 * @param {object} times In milliseconds from now, which is when it was connected unless `connectedAt` says otherwise.
 * @param {number | null} times.reconnectBy
 * @param {number} [times.connectedAt]
 * @param {object} [more]
 */
async function stateOf({ reconnectBy, connectedAt = 0 }, more = {}) {
  const at = (/** @type {number | null} */ time) => (time === null ? null : new Date(time).toISOString())
  const { made } = model(() => answered({ connectedAt: at(connectedAt), reconnectBy: at(reconnectBy), ...more }))
  await made.look()
  return made.state('google')
}

test('a connection says that it ends soon in its last week, and not before', async () => {
  const connectedAt = -60 * DAY
  for (const [reconnectBy, state] of /** @type {const} */ ([[8 * DAY, 'connected'], [6 * DAY, 'ends-soon'], [-DAY, 'ends-soon'], [null, 'connected']])) {
    assert.equal(await stateOf({ reconnectBy, connectedAt }), state)
  }
  assert.equal(await stateOf({ reconnectBy: DAY, connectedAt }, { status: 'REFRESH_FAILING' }), 'failing')
})

test('a connection does not end soon before three quarters of its life are over', async () => {
  for (const life of [DAY, 2 * DAY, 7 * DAY, 28 * DAY]) {
    for (const [over, state] of /** @type {const} */ ([[0, 'connected'], [0.74, 'connected'], [0.75, 'ends-soon'], [0.99, 'ends-soon']])) {
      const connectedAt = -life * over
      assert.equal(await stateOf({ reconnectBy: connectedAt + life, connectedAt }), state, `${over} of ${life / DAY} days`)
    }
  }
})

test('a connection that lives for less than a day never ends soon', async () => {
  const HOUR = 3_600_000
  for (const life of [HOUR / 6, HOUR, 23 * HOUR]) {
    for (const over of [0, 0.5, 0.99]) {
      const connectedAt = -life * over
      const reconnectBy = connectedAt + life
      assert.equal(await stateOf({ reconnectBy, connectedAt }, { refreshable: false, expiresAt: new Date(reconnectBy).toISOString() }), 'connected', `${over} of ${life / HOUR} hours`)
    }
  }
  const ended = { refreshable: false, expiresAt: new Date(-1).toISOString() }
  assert.equal(await stateOf({ reconnectBy: -1, connectedAt: -HOUR }, ended), 'sign-in-again')
})

test('a server of an earlier release is asked for what it knows, and asked so from then on', async () => {
  const { made, asked } = model((query) =>
    query.includes('reconnectBy') ? { errors: [{ message: 'Unknown field', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] } : answered({}),
  )
  await made.look()
  assert.equal(made.state('google'), 'connected')
  assert.equal(asked.length, 2)
  await made.look()
  assert.equal(asked.length, 3)
  made.reset()
  await made.look()
  assert.equal(asked.length, 5, 'another server may be newer')
})

test('a connection that lacks a scope which the app needs says so, and no scope that another provider lacks', async () => {
  const missing = { missingScopes: ['calendar', 'repo'] }
  const { made } = model(() => answered(missing), ['openid', 'calendar'])
  await made.look()
  assert.deepEqual(made.connections[0]?.missingScopes, ['calendar'])
  assert.equal(made.state('google'), 'needs-access')
  for (const [more, state] of /** @type {const} */ ([[{ status: 'REAUTHENTICATION_REQUIRED' }, 'sign-in-again'], [{ status: 'REFRESH_FAILING' }, 'failing']])) {
    const { made } = model(() => answered({ ...missing, ...more }), ['calendar'])
    await made.look()
    assert.equal(made.state('google'), state)
  }
  const { made: other } = model(() => answered(missing))
  await other.look()
  assert.equal(other.state('google'), 'connected')
})
