import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { at } from './json.ts'
import { bearer, connected, hasuraBefore, tokenOf } from './setting.ts'

const world = await World.start()
after(() => world.stop())
const hasura = await hasuraBefore(world)
const ada = await connected(world, 'ada@example.com', 'google', 'github')

test('an operation comes without a name, its fragments inlined and its defaults spelt out, and is answered', async () => {
  const query = /* GraphQL */ `
    query Mine {
      providerConnections { ...C ... on ProviderConnection { status } ...C }
    }
    fragment C on ProviderConnection { id __typename provider accessToken }
  `
  const { answer, sent } = await hasura.ask(bearer(ada), { query })
  assert.deepEqual(
    sent.map(({ body }) => body),
    ['{"query":"query  { providerConnections { id  __typename  provider  accessToken(minValidFor: 60)  status  } }"}'],
  )
  assert.deepEqual(at(answer, 'data', 'providerConnections', 0, '__typename'), 'ProviderConnection')
  assert.equal(at(answer, 'data', 'providerConnections', 0, 'accessToken'), await tokenOf(world, ada, 'github'))
  assert.equal(at(answer, 'data', 'providerConnections', 1, 'accessToken'), await tokenOf(world, ada, 'google'))
})

test('variables come under new names, one for a type and value, and are taken', async () => {
  const query = /* GraphQL */ `
    query ($only: [OAuthProvider!], $seconds: Int!, $same: Int!, $me: uuid) {
      providerConnections(providers: $only, userId: $me) {
        provider
        a: accessToken(minValidFor: $seconds)
        b: accessToken(minValidFor: $same)
      }
    }
  `
  const { answer, sent } = await hasura.ask(bearer(ada), {
    query,
    variables: { only: ['google'], seconds: 30, same: 30, me: ada.id },
  })
  const written: unknown = JSON.parse(sent[0]?.body ?? '')
  assert.equal(
    at(written, 'query'),
    'query ($hasura_json_var_1: uuid,$hasura_json_var_2: [OAuthProvider!],$hasura_json_var_3: Int!) ' +
      '{ providerConnections(userId: $hasura_json_var_1,providers: $hasura_json_var_2) { provider  ' +
      'a: accessToken(minValidFor: $hasura_json_var_3)  b: accessToken(minValidFor: $hasura_json_var_3)  } }',
  )
  assert.deepEqual(at(written, 'variables'), { hasura_json_var_1: ada.id, hasura_json_var_2: ['google'], hasura_json_var_3: 30 })
  const token = await tokenOf(world, ada, 'google')
  assert.deepEqual(answer, { data: { providerConnections: [{ provider: 'google', a: token, b: token }] } })
})

test('a variable for an argument that must be there keeps its name, and one inside a list too', async () => {
  const query =
    'query ($p: OAuthProvider!) { one: providerConnection(provider: $p) { provider } providerConnections(providers: [$p]) { provider } }'
  const { answer, sent } = await hasura.ask(bearer(ada), { query, variables: { p: 'google' } })
  assert.deepEqual(
    sent.map(({ body }): unknown => JSON.parse(body)),
    [
      { query: 'query ($p: OAuthProvider!) { one: providerConnection(provider: $p) { provider  } }', variables: { p: 'google' } },
      { query: 'query ($p: OAuthProvider!) { providerConnections(providers: [$p]) { provider  } }', variables: { p: 'google' } },
    ],
  )
  assert.deepEqual(answer, { data: { one: { provider: 'google' }, providerConnections: [{ provider: 'google' }] } })
})

test('null in a variable means what leaving it out means', async () => {
  const query = 'query ($only: [OAuthProvider!], $me: uuid) { providerConnections(providers: $only, userId: $me) { provider } }'
  const all = { data: { providerConnections: [{ provider: 'github' }, { provider: 'google' }] } }
  for (const variables of [{}, { only: null, me: null }]) {
    assert.deepEqual((await hasura.ask(bearer(ada), { query, variables })).answer, all)
  }
})

test('aliases are kept, at every level', async () => {
  const query =
    '{ mine: providerConnections(providers: [google]) { which: provider soon: accessToken(minValidFor: 0) ofWhom: userId } }'
  const { answer } = await hasura.ask(bearer(ada), { query })
  const mine = [{ which: 'google', soon: await tokenOf(world, ada, 'google'), ofWhom: ada.id }]
  assert.deepEqual(answer, { data: { mine } })
})

test('mutations run in order, each in a request of its own', async () => {
  const bob = await connected(world, 'bob@example.com', 'google')
  const query = /* GraphQL */ `
    mutation ($p: OAuthProvider!) {
      first: refreshProviderToken(provider: $p, minValidFor: 0) { status }
      gone: disconnectProvider(provider: $p) { provider }
    }
  `
  const { answer, sent } = await hasura.ask(bearer(bob), { query, variables: { p: 'google' } })
  assert.deepEqual(answer, { data: { first: { status: 'ACTIVE' }, gone: { provider: 'google' } } })
  assert.deepEqual(
    sent.map(({ body }) => at(JSON.parse(body), 'query')),
    [
      'mutation ($p: OAuthProvider!) { first: refreshProviderToken(provider: $p,minValidFor: 0) { status  } }',
      'mutation ($p: OAuthProvider!) { gone: disconnectProvider(provider: $p) { provider  } }',
    ],
  )
  const listed = await hasura.ask(bearer(bob), { query: '{ providerConnections { id } }' })
  assert.deepEqual(listed.answer, { data: { providerConnections: [] } })
})

test('a user connects through Hasura right after a sign-in', async () => {
  const carol = await world.user('carol@example.com')
  await world.signIn(carol, 'spotify')
  const { answer } = await hasura.ask(bearer(carol), {
    query: 'mutation Connect { connectProvider(provider: spotify) { userId status } }',
  })
  assert.deepEqual(answer, { data: { connectProvider: { userId: carol.id, status: 'ACTIVE' } } })
})

test('no cookie is ever set', async () => {
  for (const query of ['{ providerConnections { accessToken } }', 'mutation { connectProvider(provider: gitlab) { id } }']) {
    assert.deepEqual((await hasura.ask(bearer(ada), { query })).setCookie, [])
  }
})
