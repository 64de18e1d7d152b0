import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { JWT_KEY, SERVICE_SECRET, type User, World } from '../harness/world.ts'
import { at, list, text } from './json.ts'
import { headers, jwtWith } from './session.ts'
import { AS_ADMIN, AS_SERVICE, bearer, connected, direct, hasuraBefore } from './setting.ts'
import { outgoingHeaders } from './transport.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google')
const bob = await connected(world, 'bob@example.com', 'google')

const OWN = '{ providerConnections { userId } }'
const of = (user: User) => `{ providerConnections(userId: "${user.id}") { userId accessToken } }`
const owners = (answer: unknown) => list(answer, 'data', 'providerConnections').map((one) => text(one, 'userId'))
const code = (answer: unknown) => at(answer, 'errors', 0, 'extensions', 'code')

test('headers configured for the remote schema win over the session, and the session over the client', () => {
  const session = {
    role: 'user',
    variables: new Map([
      ['x-hasura-role', 'user'],
      ['x-hasura-user-id', 'ada'],
      ['x-hasura-org', 'acme'],
    ]),
  }
  const client = headers({
    'X-Service-Secret': 'mine',
    'X-Hasura-Role': 'admin',
    'x-hasura-user-id': 'bob',
    'x-hasura-made-up': '1',
    Authorization: 'Bearer x',
    'X-App': 'spa',
    Cookie: 'a=b',
    'Content-Length': '7',
    'Content-MD5': 'x',
    'User-Agent': 'browser',
    Host: 'hasura.example',
    Origin: 'https://app.example',
    Referer: 'x',
    Accept: 'x',
    'Accept-Encoding': 'br',
    'Accept-Language': 'de',
    'Accept-Datetime': 'x',
    'Cache-Control': 'no-cache',
    Connection: 'close',
    DNT: '1',
    'Content-Type': 'text/plain',
  })
  const without = ['traceparent', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'user-agent']
  const sent = (forward: boolean) => {
    const all = outgoingHeaders(headers({ 'x-service-secret': 'ours', 'x-hasura-org': 'configured' }), session, client, forward)
    return Object.fromEntries([...all].filter(([name]) => !without.includes(name)).sort())
  }
  const always = {
    'content-type': 'application/json',
    'x-hasura-org': 'configured',
    'x-hasura-role': 'user',
    'x-hasura-user-id': 'ada',
    'x-service-secret': 'ours',
  }
  assert.deepEqual(sent(false), always)
  assert.deepEqual(sent(true), {
    ...always,
    authorization: 'Bearer x',
    cookie: 'a=b',
    'x-app': 'spa',
    'x-forwarded-host': 'hasura.example',
    'x-forwarded-origin': 'https://app.example',
    'x-forwarded-user-agent': 'browser',
  })
})

test("the session variables say who asks, with the client's JWT forwarded or not", async () => {
  for (const forwardClientHeaders of [true, false]) {
    const hasura = await hasuraBefore(world, { forwardClientHeaders })
    const { answer, sent } = await hasura.ask(bearer(ada), { query: OWN })
    assert.deepEqual(owners(answer), [ada.id])
    assert.equal(sent[0]?.headers.get('x-hasura-user-id'), ada.id)
    assert.equal(sent[0]?.headers.has('authorization'), forwardClientHeaders)
  }
})

test('without the service secret configured, the forwarded JWT alone says who asks', async () => {
  const forwarded = await hasuraBefore(world, { headers: {} })
  assert.deepEqual(owners((await forwarded.ask(bearer(ada), { query: OWN })).answer), [ada.id])
  assert.equal(code((await forwarded.ask(bearer(ada), { query: of(bob) })).answer), 'FORBIDDEN')
  const neither = await hasuraBefore(world, { headers: {}, forwardClientHeaders: false })
  assert.equal(code((await neither.ask(bearer(ada), { query: OWN })).answer), 'UNAUTHENTICATED')
  // Not even the admin of Hasura, who sends x-hasura-role: admin.
  assert.equal(code((await neither.ask(AS_ADMIN, { query: of(bob) })).answer), 'UNAUTHENTICATED')
})

test('a client cannot become another by headers of its own', async () => {
  const attempts: readonly Readonly<Record<string, string>>[] = [
    { 'x-hasura-user-id': bob.id },
    { 'X-Hasura-User-Id': bob.id, 'X-Hasura-Role': 'user' },
    { 'x-service-secret': 'wrong' },
    { 'x-service-secret': SERVICE_SECRET },
    { 'x-service-secret': SERVICE_SECRET, 'x-hasura-user-id': bob.id },
    { 'x-hasura-use-backend-only-permissions': 'true', 'x-hasura-user-id': bob.id },
  ]
  const hasura = await hasuraBefore(world)
  for (const attempt of attempts) {
    const client = { ...bearer(ada), ...attempt }
    assert.deepEqual(owners((await hasura.ask(client, { query: OWN })).answer), [ada.id], JSON.stringify(attempt))
    const { answer } = await hasura.ask(client, { query: of(bob) })
    assert.equal(code(answer), 'FORBIDDEN', JSON.stringify(attempt))
    assert.equal(at(answer, 'data'), null)
  }
})

test('a role that the JWT does not allow gets no further than Hasura', async () => {
  const hasura = await hasuraBefore(world)
  const { answer, sent } = await hasura.ask({ ...bearer(ada), 'x-hasura-role': 'admin' }, { query: of(bob) })
  assert.equal(code(answer), 'access-denied')
  assert.deepEqual(sent, [])
})

test('x-hasura headers without the service secret prove nothing', async () => {
  const claims: readonly Readonly<Record<string, string>>[] = [
    { 'x-hasura-role': 'admin' },
    { 'x-hasura-role': 'user', 'x-hasura-user-id': bob.id },
    { 'x-hasura-admin-secret': AS_ADMIN['x-hasura-admin-secret'], 'x-hasura-role': 'admin', 'x-hasura-user-id': bob.id },
    { 'x-hasura-role': 'admin', 'x-service-secret': '' },
    { 'x-hasura-role': 'admin', 'x-service-secret': 'wrong' },
  ]
  for (const claim of claims) {
    for (const query of [OWN, of(bob)]) {
      const answer = await direct(world, claim, { query })
      assert.equal(code(answer), 'UNAUTHENTICATED', JSON.stringify(claim))
      assert.equal(at(answer, 'data') ?? null, null)
    }
  }
  // Beside a JWT they name nobody else, either.
  assert.deepEqual(owners(await direct(world, { ...bearer(ada), 'x-hasura-user-id': bob.id }, { query: OWN })), [ada.id])
})

test("admin among the roles of a JWT opens nobody else's connections", async () => {
  const claims = { 'x-hasura-allowed-roles': ['user', 'admin'], 'x-hasura-default-role': 'user', 'x-hasura-user-id': ada.id }
  const jwt = jwtWith(claims, ada.id, 'hasura-auth', JWT_KEY)
  const admin = { authorization: `Bearer ${jwt}`, 'x-hasura-role': 'admin' }
  assert.deepEqual(owners(await direct(world, admin, { query: OWN })), [ada.id])
  assert.equal(code(await direct(world, admin, { query: of(bob) })), 'FORBIDDEN')
  const forwarded = await hasuraBefore(world, { headers: {} })
  assert.equal(code((await forwarded.ask(admin, { query: of(bob) })).answer), 'FORBIDDEN')
})

test('the admin of Hasura may name any user, with the service secret configured', async () => {
  const hasura = await hasuraBefore(world)
  for (const user of [ada, bob]) assert.deepEqual(owners((await hasura.ask(AS_ADMIN, { query: of(user) })).answer), [user.id])
  const asBob = { ...AS_ADMIN, 'x-hasura-role': 'user', 'x-hasura-user-id': bob.id }
  assert.deepEqual(owners((await hasura.ask(asBob, { query: OWN })).answer), [bob.id])
  assert.equal(code((await hasura.ask(asBob, { query: of(ada) })).answer), 'FORBIDDEN')
})

test('headers of tracing are harmless, good or broken', async () => {
  const traces: readonly Readonly<Record<string, string>>[] = [
    { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b' },
    { traceparent: 'nonsense', tracestate: ',,,' },
    {
      'x-b3-traceid': '463ac35c9f6413ad',
      'x-b3-spanid': 'a2fb4a1d1a96d312',
      'x-b3-parentspanid': '0020000000000001',
      'x-b3-sampled': '1',
    },
    { b3: '0', 'x-b3-traceid': 'x'.repeat(4000) },
    { 'x-request-id': 'a-clients-own', 'x-forwarded-host': 'a', 'x-forwarded-for': '10.0.0.1', 'x-forwarded-user-agent': 'b' },
  ]
  for (const trace of traces) {
    assert.deepEqual(
      owners(
        await direct(world, { ...AS_SERVICE, 'x-hasura-role': 'user', 'x-hasura-user-id': ada.id, ...trace }, { query: OWN }),
      ),
      [ada.id],
    )
  }
})
