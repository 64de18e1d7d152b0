import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { HasuraError } from './error.ts'
import { at, isObject, list, text } from './json.ts'
import { AS_ADMIN, AS_SERVICE, bearer, connected, direct, hasuraBefore } from './setting.ts'
import { post } from './transport.ts'

const world = await World.start()
after(() => world.stop())
const hasura = await hasuraBefore(world)
const ada = await connected(world, 'ada@example.com', 'google')
const code = (answer: unknown) => at(answer, 'errors', 0, 'extensions', 'code')

test('an error passes through with its message, its path and its extensions', async () => {
  const asked: readonly [string, string, string][] = [
    ['mutation { x: refreshProviderToken(provider: strava) { id } }', 'NOT_CONNECTED', 'x'],
    ['mutation { y: connectProvider(provider: strava) { id } }', 'PROVIDER_SESSION_NOT_FOUND', 'y'],
  ]
  for (const [query, expected, path] of asked) {
    const { answer } = await hasura.ask(bearer(ada), { query })
    assert.equal(at(answer, 'data'), null)
    assert.equal(code(answer), expected)
    assert.deepEqual(at(answer, 'errors', 0, 'path'), [path])
    assert.equal(at(answer, 'errors', 0, 'extensions', 'provider'), 'strava')
    assert.ok(URL.canParse(text(answer, 'errors', 0, 'extensions', 'reauthenticationUrl')))
    assert.ok(text(answer, 'errors', 0, 'message').length > 0)
  }
})

test('what a client gets wrong within an argument passes through, too', async () => {
  const asked: readonly [string, string][] = [
    ['{ providerConnections(userId: "nobody") { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ providerConnections { accessToken(minValidFor: 9999) } }', 'BAD_USER_INPUT'],
  ]
  for (const [query, expected] of asked) {
    const { answer, sent } = await hasura.ask(bearer(ada), { query })
    assert.equal(sent.length, 1)
    assert.equal(code(answer), expected)
  }
})

test('the answer to Hasura has the data that there is beside the errors', async () => {
  const session = { ...AS_SERVICE, 'x-hasura-role': 'user', 'x-hasura-user-id': ada.id }
  const query = '{ providerConnections { provider bad: accessToken(minValidFor: -1) good: accessToken } }'
  const answer = await direct(world, session, { query })
  assert.match(text(answer, 'data', 'providerConnections', 0, 'good'), /^sim-at-/)
  assert.equal(at(answer, 'data', 'providerConnections', 0, 'bad'), null)
  assert.deepEqual(
    list(answer, 'errors').map((error) => at(error, 'path')),
    [['providerConnections', 0, 'bad']],
  )
  // Hasura passes the errors on, and keeps the data to itself.
  const through = await hasura.ask(bearer(ada), { query })
  assert.equal(at(through.answer, 'data'), null)
  assert.deepEqual(at(through.answer, 'errors', 0, 'path'), ['providerConnections', 0, 'bad'])
})

test('an answer without errors has no member errors, and one with errors has a list', async () => {
  const session = { ...AS_SERVICE, 'x-hasura-role': 'user', 'x-hasura-user-id': ada.id }
  const good = await direct(world, session, { query: '{ providerConnections { id } }' })
  assert.ok(isObject(good) && !('errors' in good) && 'data' in good)
  const bad = await direct(world, session, { query: '{ nonsense }' })
  assert.ok(isObject(bad) && list(bad, 'errors').length > 0)
})

test('whatever goes wrong is answered in JSON, with errors that have a code', async () => {
  const json = { 'content-type': 'application/json' }
  const good = JSON.stringify({ query: '{ providerConnections { id } }' })
  const wrong: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['', json, '{'],
    ['', json, ''],
    ['', json, 'null'],
    ['', json, '{"query":null}'],
    ['', json, '{"query":"{"}'],
    ['', json, '{"query":"{ nonsense }"}'],
    ['', json, '{"query":"{ providerConnections { id } }","variables":[]}'],
    ['', json, '{"query":"query A { __typename } query B { __typename }","operationName":null}'],
    ['', json, '{"query":"{ __typename }","operationName":"Missing"}'],
    ['', json, `[${good}]`],
    ['', json, JSON.stringify({ query: `{ ${'a'.repeat(300_000)} }` })],
    ['', { 'content-type': 'text/plain' }, good],
    ['', { 'content-type': 'application/graphql' }, '{ __typename }'],
    ['', { ...json, 'x-service-secret': 'wrong' }, good],
    ['', { ...json, 'x-hasura-role': 'user' }, good],
    ['/v1', json, good],
    ['/graphql', json, good],
    ['?query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }, 'query={__typename}'],
  ]
  for (const [path, sent, body] of wrong) {
    const attempt = `${path} ${JSON.stringify(sent)} ${body.slice(0, 60)}`
    const answer = await post(`${world.graphql}${path}`, new Map(Object.entries({ ...AS_SERVICE, ...sent })), body)
    const answered: unknown = JSON.parse(answer.body)
    // A batch is answered by a list.
    const alone: unknown = Array.isArray(answered) ? at(answered, 0) : answered
    assert.ok(list(alone, 'errors').length > 0, attempt)
    for (const error of list(alone, 'errors')) {
      assert.ok(text(error, 'message').length > 0, attempt)
      assert.match(text(error, 'extensions', 'code'), /^[A-Z_]+$/, attempt)
    }
    assert.equal(at(alone, 'data') ?? null, null, attempt)
    assert.deepEqual(answer.setCookie, [], attempt)
  }
})

test('an admin who names no user is told to', async () => {
  const { answer } = await hasura.ask(AS_ADMIN, { query: '{ providerConnections { id } }' })
  assert.equal(code(answer), 'BAD_USER_INPUT')
  assert.match(text(answer, 'errors', 0, 'message'), /userId/)
})

test('a slash at the end of the path changes nothing', async () => {
  const slashed = await hasuraBefore(world, { url: `${world.graphql}/` })
  const { answer } = await slashed.ask(bearer(ada), { query: '{ providerConnections { provider } }' })
  assert.deepEqual(answer, { data: { providerConnections: [{ provider: 'google' }] } })
})

test('a remote schema at the wrong path does not merge', async () => {
  for (const url of [world.server, `${world.server}/v1/graphql`, `${world.server}/healthz`]) {
    await assert.rejects(hasuraBefore(world, { url }), HasuraError, url)
  }
})
