import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { connection } from '../src/answer.js'
import { field, parse, text } from '../src/json.js'
import { Model } from '../src/model.js'
import { Session } from '../src/session.js'

const DAY = 86_400_000
const { fetch } = globalThis
after(() => void (globalThis.fetch = fetch))

/** @param {(query: string) => object} answer */
function model(answer) {
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

test('a connection says that it ends soon in its last week, and not before', async () => {
  for (const [reconnectBy, state] of /** @type {const} */ ([[8 * DAY, 'connected'], [6 * DAY, 'ends-soon'], [-DAY, 'ends-soon'], [null, 'connected']])) {
    const { made } = model(() => answered({ reconnectBy: reconnectBy === null ? null : new Date(reconnectBy).toISOString() }))
    await made.look()
    assert.equal(made.state('google'), state)
  }
  const { made } = model(() => answered({ status: 'REFRESH_FAILING', reconnectBy: new Date(DAY).toISOString() }))
  await made.look()
  assert.equal(made.state('google'), 'failing')
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
