import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { createClient, type JwtSource } from '../src/index.ts'
import { settled } from '../../test/backend.ts'
import { failure, FakeServer, Gate, jwtOf, token } from './server.ts'

const START = Date.parse('2026-01-31T12:00:00Z')
const READ = 'ProviderAccessToken'
const RENEW = 'RenewProviderAccessToken'

let server: FakeServer
let now: number
/** Grows with each token that the server makes. */
let made: number

beforeEach(() => {
  ;[server, now, made] = [new FakeServer(), START, 0]
  answersTokensOf(3600)
})

/** From now on, tokens live for so many seconds. */
function answersTokensOf(lives: number | null): void {
  server.answer = () => ({ data: token(`token ${(made += 1)}`, lives, now) })
}

function clientOf(jwt: JwtSource = jwtOf('ada')) {
  return createClient({ endpoint: 'https://connections.example.com/graphql', jwt, now: () => now })
}

test('a token is asked for once, until shortly before it expires', async () => {
  const client = clientOf()
  assert.equal(await client.getAccessToken('google'), 'token 1')
  now += 3_540_000
  assert.equal(await client.getAccessToken('google'), 'token 1')
  now += 1
  assert.equal(await client.getAccessToken('google'), 'token 2')
  assert.deepEqual(server.operations, [READ, READ])
})

test('whoever needs it for longer is answered one that lives so long', async () => {
  const client = clientOf()
  await client.getAccessToken('google')
  now += 3_000_000
  assert.equal(await client.getAccessToken('google'), 'token 1')
  assert.equal(await client.getAccessToken('google', { minValidFor: 900 }), 'token 2')
  assert.equal(server.calls.at(-1)?.variables['minValidFor'], 900)
})

test('one whose whole life is shorter than that is not asked for at every call', async () => {
  answersTokensOf(50)
  const client = clientOf()
  await client.getAccessToken('google')
  now += 24_000
  assert.equal(await client.getAccessToken('google'), 'token 1')
  now += 2_000
  assert.equal(await client.getAccessToken('google'), 'token 2')
})

test('one that is about to expire, and that the server would refresh, is not good for half its life', async () => {
  answersTokensOf(65)
  const client = clientOf()
  await client.getAccessToken('google')
  now += 6_000
  assert.equal(await client.getAccessToken('google'), 'token 2')
})

test('one without a known expiry is asked for again after ten minutes', async () => {
  answersTokensOf(null)
  const client = clientOf()
  await client.getAccessToken('google')
  now += 599_999
  assert.equal(await client.getAccessToken('google'), 'token 1')
  now += 1
  assert.equal(await client.getAccessToken('google'), 'token 2')
})

test('calls side by side are one request for each provider', async () => {
  const client = clientOf()
  const tokens = await Promise.all([client.getAccessToken('google'), client.getAccessToken('google'), client.getAccessToken('github'), client.getAccessToken('google')])
  assert.equal(new Set([tokens[0], tokens[1], tokens[3]]).size, 1)
  assert.notEqual(tokens[0], tokens[2])
  assert.deepEqual(server.calls.map(({ variables }) => variables['provider']), ['google', 'github'])
})

test('a failure is not held, and says why', async () => {
  const client = clientOf()
  server.answer = () => failure('UPSTREAM_UNAVAILABLE', { retryAfter: 5, upstream: 'google' })
  const failed = await Promise.allSettled([client.getAccessToken('google'), client.getAccessToken('google')])
  assert.deepEqual(failed.map(({ status }) => status), ['rejected', 'rejected'])
  assert.equal(server.calls.length, 1)
  await assert.rejects(client.getAccessToken('google'), { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 5, upstream: 'google', remedy: 'retry-later' })
  answersTokensOf(3600)
  assert.equal(await client.getAccessToken('google'), 'token 1')
})

test('who is not connected is told so, and so is who is connected without a token', async () => {
  server.answer = () => ({ data: { providerConnection: null } })
  await assert.rejects(clientOf().getAccessToken('google'), { code: 'NOT_CONNECTED', provider: 'google' })
  const path = ['providerConnection', 'accessToken']
  server.answer = () => ({ data: token(null, null, now), errors: [{ message: 'Sign in again.', path, extensions: { code: 'REAUTHENTICATION_REQUIRED', reauthenticationUrl: 'https://a' } }] })
  await assert.rejects(clientOf().getAccessToken('google'), { code: 'REAUTHENTICATION_REQUIRED', reauthenticationUrl: 'https://a', path })
})

test('a token that the provider refuses is renewed once for all who have it, and the others get the new one', async () => {
  const client = clientOf()
  const refused = await client.getAccessToken('google')
  // The server does not know yet: it answers the same one.
  server.answer = ({ operation }) => ({ data: token(operation === RENEW ? 'another' : refused, 3600, now) })
  const all = await Promise.all([client.getAccessToken('google', { refused }), client.getAccessToken('google', { refused })])
  assert.deepEqual(all, ['another', 'another'])
  assert.equal(await client.getAccessToken('google'), 'another')
  assert.equal(await client.getAccessToken('google', { refused }), 'another', 'whoever is late')
  assert.deepEqual(server.operations, [READ, READ, RENEW])
})

test('where the server has another one already, nothing is renewed', async () => {
  const client = clientOf()
  const refused = await client.getAccessToken('google')
  assert.equal(await client.getAccessToken('google', { refused }), 'token 2')
  assert.deepEqual(server.operations, [READ, READ])
})

test('who asks while one is renewed waits for that one', async () => {
  const client = clientOf()
  const refused = await client.getAccessToken('google')
  const renewal = new Gate()
  server.answer = ({ operation }) => (operation === READ ? { data: token(refused, 3600, now) } : renewal.opened)
  const late = client.getAccessToken('google', { refused })
  await settled()
  const meanwhile = client.getAccessToken('google')
  await settled()
  renewal.open({ data: token('another', 3600, now) })
  assert.deepEqual(await Promise.all([late, meanwhile]), ['another', 'another'])
})

test('another user is never answered the former one’s, nor what was on its way for them', async () => {
  let user: string | null = 'ada'
  const client = clientOf(() => (user === null ? null : jwtOf(user)))
  await client.getAccessToken('google')
  const first = new Gate()
  server.answer = () => first.opened
  const late = client.getAccessToken('github')
  await settled()
  assert.equal(server.calls.length, 2)
  user = 'bob'
  answersTokensOf(3600)
  assert.equal(await client.getAccessToken('google'), 'token 2')
  first.open({ data: token('of ada', 3600, now) })
  assert.equal(await late, 'of ada', 'whoever asked as ada')
  assert.equal(await client.getAccessToken('github'), 'token 3')
  user = null
  await assert.rejects(client.getAccessToken('google'), { code: 'SIGNED_OUT' })
  user = 'ada'
  assert.equal(await client.getAccessToken('google'), 'token 4')
})

test('a user who changes between the look and the question is not asked for', async () => {
  const users = ['ada', 'bob']
  const client = clientOf(() => jwtOf(users.shift() ?? 'bob'))
  await assert.rejects(client.getAccessToken('google'), { code: 'USER_CHANGED' })
  assert.deepEqual(server.operations, [])
})

for (const change of ['connectProvider', 'refreshProviderToken', 'disconnectProvider'] as const) {
  test(`after ${change}, whatever came of it, the token is asked for again`, async () => {
    const client = clientOf()
    await client.getAccessToken('google')
    await client.getAccessToken('github')
    server.answer = () => failure('UPSTREAM_UNAVAILABLE')
    await assert.rejects(client[change]('google'))
    answersTokensOf(3600)
    assert.equal(await client.getAccessToken('github'), 'token 2')
    assert.equal(await client.getAccessToken('google'), 'token 3')
  })
}

test('what is forgotten is asked for again', async () => {
  const client = clientOf()
  await client.getAccessToken('google')
  client.forget()
  assert.equal(await client.getAccessToken('google'), 'token 2')
})

test('a service has a token for each user, and keeps no more than a thousand', async () => {
  const client = createClient({ endpoint: 'https://connections.example.com/graphql', serviceSecret: 's', now: () => now })
  server.answer = ({ variables }) => ({ data: token(`${String(variables['userId'])} ${(made += 1)}`, 3600, now) })
  assert.equal(await client.getAccessToken('google', { userId: 'ada' }), 'ada 1')
  assert.equal(await client.getAccessToken('google', { userId: 'bob' }), 'bob 2')
  assert.equal(await client.getAccessToken('google', { userId: 'ada' }), 'ada 1')
  assert.equal(server.calls[0]?.headers.get('x-service-secret'), 's')
  assert.equal(server.calls[0]?.redirect, 'error', 'fetch would take the secret to another origin')
  for (let user = 0; user < 999; user += 1) await client.getAccessToken('google', { userId: `user ${user}` })
  assert.equal(await client.getAccessToken('google', { userId: 'bob' }), 'bob 2')
  assert.equal(await client.getAccessToken('google', { userId: 'ada' }), `ada ${made}`)
  assert.ok(made > 1000, 'ada’s was the oldest')
})

test('the provider’s API is called with the token, and once more with another one after a 401', async () => {
  const client = clientOf()
  const graphql = globalThis.fetch
  const sent: (string | null)[] = []
  globalThis.fetch = async (input, init) => {
    if (input !== 'https://api.example.com/files') return await graphql(input, init)
    const headers = new Headers(init?.headers)
    sent.push(`${headers.get('authorization')} ${headers.get('x-mine')}`)
    return new Response('', { status: sent.length === 1 ? 401 : 200 })
  }
  const response = await client.fetch('google', 'https://api.example.com/files', { headers: { 'x-mine': '1' } })
  assert.equal(response.status, 200)
  assert.deepEqual(sent, ['Bearer token 1 1', 'Bearer token 2 1'])
})

test('a slow read does not put back the token that a renewal has replaced, nor has that renewed again', async () => {
  const client = clientOf()
  const refused = await client.getAccessToken('google')
  const slow = new Gate()
  server.answer = ({ operation, variables }) => {
    if (operation === RENEW) return { data: token(`renewed ${(made += 1)}`, 7200, now) }
    return variables['minValidFor'] === 3000 ? slow.opened : { data: token(refused, 3600, now) }
  }
  const late = client.getAccessToken('google', { minValidFor: 3000, refused })
  await settled()
  assert.equal(await client.getAccessToken('google', { refused }), 'renewed 2')
  slow.open({ data: token(refused, 3600, now) })
  assert.equal(await late, 'renewed 2')
  assert.equal(await client.getAccessToken('google'), 'renewed 2')
  assert.deepEqual(server.operations, [READ, READ, READ, RENEW])
})

test('a call whose JWT is refused is not made as another user who has signed in meanwhile', async () => {
  let user = 'ada'
  const client = clientOf(({ fresh }) => jwtOf(fresh ? user : 'ada'))
  server.answer = () => {
    user = 'bob'
    return failure('UNAUTHENTICATED', { reason: 'jwt-expired' })
  }
  await assert.rejects(client.disconnectProvider('google'), { code: 'USER_CHANGED' })
  assert.equal(server.calls.length, 1)
})
