import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { SERVICE_SECRET, World } from '../harness/world.ts'
import { HasuraError } from './error.ts'
import { at } from './json.ts'
import { permitted } from './permission.ts'
import { AS_ADMIN, bearer, connected, hasuraBefore, tokenOf } from './setting.ts'

const world = await World.start()
after(() => world.stop())

const SHARED = /* GraphQL */ `
  schema { query: Query mutation: Mutation }
  scalar uuid
  scalar timestamptz
  enum OAuthProvider { google github }
  enum ProviderConnectionStatus { ACTIVE REFRESH_FAILING REAUTHENTICATION_REQUIRED }
  type Mutation {
    connectProvider(provider: OAuthProvider!): ProviderConnection!
    refreshProviderToken(provider: OAuthProvider!, minValidFor: Int, userId: uuid @preset(value: "x-hasura-user-id")): ProviderConnection!
  }
  type Query {
    providerConnections(userId: uuid @preset(value: "x-hasura-user-id"), providers: [OAuthProvider!]): [ProviderConnection!]!
    providerConnection(provider: OAuthProvider!, userId: uuid @preset(value: "X-Hasura-User-Id")): ProviderConnection
  }
`
/** A role that may list connections, and not read their tokens. */
const LISTS = `${SHARED}
  type ProviderConnection {
    provider: OAuthProvider!
    status: ProviderConnectionStatus!
    refreshable: Boolean!
    connectedAt: timestamptz!
    reauthenticationUrl(redirectTo: String): String!
  }
`
/** A role that reads its own tokens, too. */
const READS = `${SHARED}
  type ProviderConnection {
    provider: OAuthProvider! status: ProviderConnectionStatus!
    accessToken(minValidFor: Int! = 60): String
  }
`
/** A role that is told of Google alone, by a static preset. */
const GOOGLE = READS.replace('providers: [OAuthProvider!]', 'providers: [OAuthProvider!] @preset(value: [google])')

const hasura = await hasuraBefore(world, { permissions: { user: LISTS, me: READS } })
const ada = await connected(world, 'ada@example.com', 'google', 'github')
const bob = await connected(world, 'bob@example.com', 'google')
const user = bearer(ada)
const me = { ...bearer(ada), 'x-hasura-role': 'me' }
const code = (answer: unknown) => at(answer, 'errors', 0, 'extensions', 'code')

test('a role whose SDL leaves accessToken out lists connections all the same', async () => {
  const { answer, sent } = await hasura.ask(user, { query: '{ providerConnections { provider status } }' })
  assert.deepEqual(answer, {
    data: {
      providerConnections: [
        { provider: 'github', status: 'ACTIVE' },
        { provider: 'google', status: 'ACTIVE' },
      ],
    },
  })
  assert.deepEqual(
    sent.map(({ body }) => body),
    [
      JSON.stringify({
        query: 'query ($x_hasura_user_id: uuid!) { providerConnections(userId: $x_hasura_user_id) { provider  status  } }',
        variables: { x_hasura_user_id: ada.id },
      }),
    ],
  )
})

test('it cannot reach accessToken, by no way of asking', async () => {
  const attempts = [
    '{ providerConnections { accessToken } }',
    '{ providerConnections { token: accessToken } }',
    '{ providerConnections { status: accessToken } }',
    '{ providerConnections { accessToken(minValidFor: 0) } }',
    '{ providerConnections { ... on ProviderConnection { accessToken } } }',
    '{ providerConnections { ... { accessToken @include(if: true) } } }',
    '{ providerConnections { ...F } } fragment F on ProviderConnection { accessToken }',
    '{ providerConnections { ...F } } fragment F on ProviderConnection { ...G } fragment G on ProviderConnection { t: accessToken }',
    '{ providerConnection(provider: google) { accessToken } }',
    'mutation { connectProvider(provider: google) { accessToken } }',
    'mutation { refreshProviderToken(provider: google) { accessToken } }',
    'mutation { refreshProviderToken(provider: google) { ... on ProviderConnection { accessToken } } }',
    '{ users { providerConnections { accessToken } } }',
    'query ($s: Boolean!) { providerConnections { accessToken @skip(if: $s) provider } }',
  ]
  for (const query of attempts) {
    const { answer, sent } = await hasura.ask(user, { query, variables: { s: false } })
    assert.equal(code(answer), 'validation-failed', query)
    assert.deepEqual(sent, [], query)
    assert.doesNotMatch(JSON.stringify(answer), /sim-at-/)
  }
  assert.equal(
    code((await hasura.ask(user, { query: 'mutation { disconnectProvider(provider: google) { id } }' })).answer),
    'validation-failed',
  )
})

test('it is not told that there is an accessToken', async () => {
  const fields = '{ name fields { name } }'
  const { answer } = await hasura.ask(user, {
    query: `{ __type(name: "ProviderConnection") ${fields} __schema { types ${fields} } }`,
  })
  assert.doesNotMatch(JSON.stringify(answer), /accessToken|disconnectProvider/)
  assert.equal(at(answer, 'data', '__type', 'name'), 'ProviderConnection')
  const { answer: reader } = await hasura.ask(me, { query: `{ __type(name: "ProviderConnection") ${fields} }` })
  assert.match(JSON.stringify(reader), /accessToken/)
})

test('a role whose SDL has accessToken reads its own', async () => {
  const { answer } = await hasura.ask(me, { query: '{ providerConnection(provider: google) { accessToken } }' })
  assert.deepEqual(answer, { data: { providerConnection: { accessToken: await tokenOf(world, ada, 'google') } } })
})

test('a role without an SDL sees nothing of it', async () => {
  const { answer } = await (
    await hasuraBefore(world, { permissions: { me: READS } })
  ).ask(user, { query: '{ providerConnections { id } }' })
  assert.equal(code(answer), 'validation-failed')
})

test('a preset userId cannot be overridden', async () => {
  const attempts: readonly [string, Readonly<Record<string, unknown>>][] = [
    [`{ providerConnections(userId: "${bob.id}") { accessToken } }`, {}],
    ['query ($id: uuid) { providerConnections(userId: $id) { accessToken } }', { id: bob.id }],
    [
      'query ($x_hasura_user_id: uuid!) { providerConnections(userId: $x_hasura_user_id) { accessToken } }',
      { x_hasura_user_id: bob.id },
    ],
    ['{ providerConnections(userId: null) { accessToken } }', {}],
    [`{ providerConnection(provider: google, userId: "${bob.id}") { accessToken } }`, {}],
    [`mutation { refreshProviderToken(provider: google, userId: "${bob.id}") { accessToken } }`, {}],
  ]
  for (const [query, variables] of attempts) {
    const { answer, sent } = await hasura.ask(me, { query, variables })
    assert.equal(code(answer), 'validation-failed', query)
    assert.deepEqual(sent, [])
  }
})

test('variables and headers of the client leave the preset what it is', async () => {
  const query = '{ providerConnections(providers: [google]) { accessToken } }'
  const own = { data: { providerConnections: [{ accessToken: await tokenOf(world, ada, 'google') }] } }
  const variables = { x_hasura_user_id: bob.id, userId: bob.id }
  for (const more of [{}, { 'x-hasura-user-id': bob.id }, { 'X-Hasura-User-Id': bob.id, 'x-service-secret': SERVICE_SECRET }]) {
    const { answer, sent } = await hasura.ask({ ...me, ...more }, { query, variables })
    assert.deepEqual(answer, own, JSON.stringify(more))
    assert.deepEqual(at(JSON.parse(sent[0]?.body ?? ''), 'variables'), { x_hasura_user_id: ada.id })
  }
})

test('even a preset that names another does not open their connections', async () => {
  const wrong = READS.replaceAll('"x-hasura-user-id"', `"${bob.id}"`)
  const { answer } = await (
    await hasuraBefore(world, { permissions: { me: wrong } })
  ).ask(me, { query: '{ providerConnections { accessToken } }' })
  assert.equal(code(answer), 'FORBIDDEN')
})

test('a static preset is sent as it is written', async () => {
  const google = await hasuraBefore(world, { permissions: { me: GOOGLE } })
  const { answer, sent } = await google.ask(me, { query: '{ providerConnections { provider } }' })
  assert.deepEqual(answer, { data: { providerConnections: [{ provider: 'google' }] } })
  assert.match(String(sent[0]?.body), /providers: \[google\]/)
  assert.equal(
    code((await google.ask(me, { query: '{ providerConnections(providers: [github]) { provider } }' })).answer),
    'validation-failed',
  )
})

test('enum values that the SDL leaves out are unknown to the role', async () => {
  assert.equal(
    code((await hasura.ask(me, { query: '{ providerConnection(provider: spotify) { status } }' })).answer),
    'validation-failed',
  )
})

test('a session without the preset variable is refused by Hasura', async () => {
  const asRole = { ...AS_ADMIN, 'x-hasura-role': 'me' }
  const { answer, sent } = await hasura.ask(asRole, { query: '{ providerConnections { provider } }' })
  assert.equal(code(answer), 'not-found')
  assert.deepEqual(sent, [])
})

test('an SDL that is no subset is refused, and says where', () => {
  const wrong: readonly [string, string, RegExp][] = [
    [
      'accessToken(minValidFor: Int! = 60): String',
      'accessToken: String',
      /"accessToken" expects the following non nullable arguments to be present: "minValidFor"/,
    ],
    ['accessToken(minValidFor: Int! = 60)', 'accessToken(minValidFor: Int! = 30)', /default of minValidFor/],
    ['status: ProviderConnectionStatus!', 'status: ProviderConnectionStatus', /"status"/],
    ['provider: OAuthProvider! status', 'refreshToken: String status', /"refreshToken" does not exist/],
    ['userId: uuid @', 'user: uuid @', /"user" does not exist/],
    ['{ google github }', '{ google myspace }', /"myspace"/],
    ['scalar timestamptz', 'scalar timestamptz scalar jsonb', /"jsonb" does not exist/],
    ['providers: [OAuthProvider!]', 'providers: [OAuthProvider!] @preset(value: "x-hasura-providers")', /named types/],
    ['@preset(value: "x-hasura-user-id")', '@preset', /preset argument "value" not found/],
  ]
  permitted(hasura.remote, READS)
  for (const [from, to, message] of wrong) {
    assert.ok(READS.includes(from), from)
    assert.throws(
      () => permitted(hasura.remote, READS.replaceAll(from, to)),
      (error) => error instanceof HasuraError && message.test(error.message),
      to,
    )
  }
})

test('types that the SDL leaves out are unknown to the role', () => {
  const seen = hasura.schemaOf('user')
  for (const name of ['users', 'ProviderConnection', 'OAuthProvider']) assert.ok(seen.getType(name), name)
  for (const name of ['ProviderConnectionEvent', 'ProviderDisconnection']) assert.equal(seen.getType(name), undefined)
})
