import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { SERVICE_SECRET, World } from '../../../tests/node/harness/world.ts'
import { createClient } from '../src/index.ts'

const world = await World.start({ PROVIDER_GOOGLE_SCOPES: 'openid email', PROVIDER_GITHUB_SCOPES: 'repo' })
after(async () => await world.stop())
const endpoint = world.graphql

test('a user connects, uses, renews and disconnects an account', async () => {
  const ada = await world.user('ada@example.com')
  const client = createClient({ endpoint, jwt: ada.jwt })
  await assert.rejects(client.getAccessToken('google'), { code: 'NOT_CONNECTED' })
  await assert.rejects(client.connectProvider('google'), { code: 'PROVIDER_SESSION_NOT_FOUND', provider: 'google', remedy: 'sign-in-again' })
  await world.signIn(ada, 'google')
  const connected = await client.connectProvider('google', { scopes: ['email', 'calendar'] })
  assert.deepEqual([connected.provider, connected.userId, connected.status], ['google', ada.id, 'ACTIVE'])
  const token = await client.getAccessToken('google')
  const userinfo = new URL('/providers/google/userinfo', world.auth).href
  assert.equal((await client.fetch('google', userinfo)).status, 200)
  await world.control(`grants/${ada.id}/google/expire`, {})
  assert.equal((await client.fetch('google', userinfo)).status, 200, 'renewed, since the provider refused it')
  assert.notEqual(await client.getAccessToken('google'), token)
  assert.deepEqual((await client.providerConnections({ scopes: ['email', 'calendar'] })).map(({ provider, missingScopes }) => [provider, missingScopes]), [['google', connected.missingScopes]])
  assert.ok((await client.providerConnectionEvents('google', { kinds: ['CONNECTED'] }))?.length)
  assert.equal((await client.refreshProviderToken('google', { minValidFor: 60 })).id, connected.id)
  assert.equal((await client.disconnectProvider('google')).id, connected.id)
  await assert.rejects(client.getAccessToken('google'), { code: 'NOT_CONNECTED' })
  assert.equal(await client.providerConnection('google'), null)
})

test('a sign-in is asked for scopes, and refuses what the operator has not configured', async () => {
  const client = createClient({ endpoint, jwt: (await world.user('eve@example.com')).jwt })
  assert.match(await client.providerSignInUrl('google', { scopes: ['email'] }), /\/signin\/provider\/google\?/)
  await assert.rejects(client.providerSignInUrl('github', { scopes: ['gist'] }), { code: 'SCOPE_NOT_CONFIGURED', scopes: ['gist'], remedy: 'tell-operator' })
})

test('a user grants an app access to a connection, and takes it back', async () => {
  const ada = await world.user('grants@example.com')
  const client = createClient({ endpoint, jwt: ada.jwt })
  await world.signIn(ada, 'spotify')
  await client.connectProvider('spotify')
  assert.equal((await client.grantProviderAccess({ clientId: 'app', provider: 'spotify' })).clientId, 'app')
  assert.equal((await client.providerAccessGrants()).length, 1)
  assert.equal((await client.revokeProviderAccess({ clientId: 'app' })).length, 1)
})

test('a service reads tokens of any user, and a user of none but their own', async () => {
  const [ada, bob] = [await world.user('ada.lovelace@example.com'), await world.user('bob@example.com')]
  const client = createClient({ endpoint, jwt: ada.jwt })
  await world.signIn(ada, 'google')
  await client.connectProvider('google')
  const service = createClient({ endpoint, serviceSecret: SERVICE_SECRET })
  assert.equal(await service.getAccessToken('google', { userId: ada.id }), await client.getAccessToken('google'))
  assert.match((await service.reauthenticationUrl('google', { userId: ada.id })) ?? '', /\/signin\/provider\/google/)
  const other = createClient({ endpoint, jwt: bob.jwt })
  await assert.rejects(other.getAccessToken('google', { userId: ada.id }), { code: 'FORBIDDEN', remedy: 'fix-call' })
  await assert.rejects(createClient({ endpoint, jwt: 'no.jwt.atall' }).providerConnections(), { code: 'SESSION_ENDED' })
  const imported = service.importProviderConnection({ userId: ada.id, provider: 'google', refreshToken: 'r' })
  await assert.rejects(imported, { code: 'IMPORT_REFUSED', reason: 'already-connected' })
})

test('an address without the server says so', async () => {
  const client = createClient({ endpoint: `${world.server}/elsewhere`, jwt: 'no.jwt.atall' })
  await assert.rejects(client.providerConnections(), { code: 'NOT_FOUND' })
  await assert.rejects(createClient({ endpoint: 'http://127.0.0.1:9/graphql', jwt: 'no.jwt.atall' }).providerConnections(), { code: 'OFFLINE' })
})
