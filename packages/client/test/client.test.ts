import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { createClient, ProviderConnectionsDocument, UnauthenticatedError } from '../src/index.ts'
import { failure, FakeServer, jwtOf } from './server.ts'

const endpoint = 'https://connections.example.com/graphql'
const CONNECTION = { id: '1', userId: 'ada', provider: 'google', status: 'ACTIVE', scopes: ['email'], missingScopes: ['calendar'] }

let server: FakeServer

beforeEach(() => (server = new FakeServer()))

test('a JWT that is refused as expired is renewed, once, and the call is made again', async () => {
  const [old, fresh] = [jwtOf('ada'), jwtOf('ada')]
  const asked: boolean[] = []
  const client = createClient({
    endpoint,
    jwt: ({ fresh: wanted }) => {
      asked.push(wanted)
      return wanted ? fresh : old
    },
  })
  server.answer = ({ headers }) =>
    headers.get('authorization') === `Bearer ${fresh}` ? { data: { providerConnections: [CONNECTION] } } : failure('UNAUTHENTICATED', { reason: 'jwt-expired' })
  assert.equal((await client.providerConnections())[0]?.provider, 'google')
  assert.deepEqual(asked, [false, true])
  server.answer = () => failure('UNAUTHENTICATED', { reason: 'jwt-expired' })
  await assert.rejects(client.providerConnections(), (error) => error instanceof UnauthenticatedError && error.code === 'SESSION_ENDED')
})

test('a field that may be null has its JWT renewed as well', async () => {
  const [old, fresh] = [jwtOf('ada'), jwtOf('ada')]
  const client = createClient({ endpoint, jwt: ({ fresh: wanted }) => (wanted ? fresh : old) })
  server.answer = ({ headers }) => {
    if (headers.get('authorization') === `Bearer ${fresh}`) return { data: { providerConnection: CONNECTION } }
    return { ...failure('UNAUTHENTICATED', { reason: 'jwt-expired' }), data: { providerConnection: null } }
  }
  assert.equal((await client.providerConnection('google'))?.provider, 'google')
})

test('scopes that the app names are sent, and what is missing is answered', async () => {
  const client = createClient({ endpoint, jwt: jwtOf('ada'), headers: { 'x-hasura-role': 'user' } })
  server.answer = () => ({ data: { providerConnections: [CONNECTION], providerSignInUrl: 'https://auth.example.com/' } })
  const [connection] = await client.providerConnections({ scopes: ['calendar', 'email'] })
  assert.deepEqual(connection?.missingScopes, ['calendar'])
  assert.equal(await client.providerSignInUrl('google', { redirectTo: 'https://app.example.com/', scopes: connection.missingScopes }), 'https://auth.example.com/')
  assert.deepEqual(server.calls.map(({ variables }) => variables['scopes']), [['calendar', 'email'], ['calendar']])
  assert.equal(server.calls[0]?.headers.get('x-hasura-role'), 'user')
})

test('a field that fails leaves the others, for who asks for parts; for who does not, it is what is thrown', async () => {
  const client = createClient({ endpoint, jwt: jwtOf('ada') })
  const path = ['providerConnections', 0, 'missingScopes']
  server.answer = () => ({ data: { providerConnections: [CONNECTION] }, errors: [{ message: 'No scope.', path, extensions: { code: 'BAD_USER_INPUT' } }] })
  const { data, errors } = await client.requestPartially(ProviderConnectionsDocument, { scopes: ['a b'] })
  assert.equal(data.providerConnections[0]?.id, '1')
  assert.deepEqual(errors.map(({ code, path }) => [code, path]), [['BAD_USER_INPUT', path]])
  await assert.rejects(client.request(ProviderConnectionsDocument, { scopes: ['a b'] }), { code: 'BAD_USER_INPUT', path })
})

test('what is no GraphQL, and no network, is a server that can’t be reached', async () => {
  const client = createClient({ endpoint, jwt: jwtOf('ada') })
  for (const answer of [async () => new Response('<html>502</html>', { status: 502 }), async () => Response.json([]), async () => await Promise.reject(new TypeError('no network'))]) {
    globalThis.fetch = answer
    await assert.rejects(client.providerConnections(), { code: 'OFFLINE', retryAfter: 10, remedy: 'retry-later' })
  }
})

test('who is not signed in sends nothing, and a session that can’t be reached is not one that has ended', async () => {
  await assert.rejects(createClient({ endpoint, jwt: null }).providerConnections(), { code: 'SIGNED_OUT' })
  const broken = createClient({ endpoint, jwt: async () => await Promise.reject(new Error('no network')) })
  await assert.rejects(broken.providerConnections(), { code: 'OFFLINE' })
  await assert.rejects(broken.getAccessToken('google'), { code: 'OFFLINE' })
  assert.deepEqual(server.calls, [])
})

test('a service secret does not run in a browser', () => {
  Object.defineProperty(globalThis, 'document', { configurable: true, value: {} })
  try {
    assert.throws(() => createClient({ endpoint, serviceSecret: 's' }), /no place in a browser/)
  } finally {
    Reflect.deleteProperty(globalThis, 'document')
  }
})
