import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { FilterObjectFields, FilterRootFields, FilterTypes } from '@graphql-tools/wrap'
import { buildSchema, printSchema, validateSchema } from 'graphql'

import { World } from '../harness/world.ts'
import { at } from '../hasura/json.ts'
import { bearer, connected, row, tokenOf } from '../hasura/setting.ts'
import { AS_IT_IS, gatewayBefore } from './gateway.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google', 'github')
const bob = await connected(world, 'bob@example.com', 'google')
const rows = [ada, bob].map(row)
const gateway = await gatewayBefore(world.graphql, rows)
const json = (result: unknown): unknown => JSON.parse(JSON.stringify(result))

test('the merged schema is valid, and prints what can be read again', () => {
  assert.deepEqual(validateSchema(gateway.schema), [])
  const printed = printSchema(gateway.schema)
  const again = buildSchema(printed)
  assert.deepEqual(validateSchema(again), [])
  assert.equal(printSchema(again), printed)
  // One scalar of each name for both, and all types and fields of this server beside the app's.
  for (const name of ['uuid', 'timestamptz']) assert.equal(printed.match(new RegExp(`^scalar ${name}$`, 'gm'))?.length, 1)
  for (const name of [
    'users',
    'users_bool_exp',
    'authUserProviders',
    'order_by',
    'ProviderConnection',
    'OAuthProvider',
    'ProviderConnectionEvent',
  ]) {
    assert.ok(again.getType(name), name)
  }
  const root = again.getQueryType()?.getFields() ?? {}
  for (const name of ['users', 'authUserProviders', 'provider', 'providerConnections', 'providerConnection'])
    assert.ok(root[name], name)
})

test("one query goes to both, with the caller's Authorization passed on", async () => {
  const query = /* GraphQL */ `
    query Mine($id: uuid!, $only: [OAuthProvider!]) {
      me: users_by_pk(id: $id) { email connections(providers: $only) { ...C } }
      providerConnections { which: provider status }
    }
    fragment C on ProviderConnection { provider token: accessToken(minValidFor: 0) __typename }
  `
  assert.deepEqual(json(await gateway.ask(bearer(ada), query, { id: ada.id, only: ['google'] })), {
    data: {
      me: {
        email: 'user-0@example.com',
        connections: [{ provider: 'google', token: await tokenOf(world, ada, 'google'), __typename: 'ProviderConnection' }],
      },
      providerConnections: [
        { which: 'github', status: 'ACTIVE' },
        { which: 'google', status: 'ACTIVE' },
      ],
    },
  })
})

const OF_ALL = '{ users { email connections { accessToken } } }'

test("a user is told of their own row's connections, and of nobody else's", async () => {
  const alone = await gatewayBefore(world.graphql, rows, { ...AS_IT_IS, batch: false })
  const answer = json(await alone.ask(bearer(bob), OF_ALL))
  assert.deepEqual(at(answer, 'data', 'users'), [
    { email: 'user-0@example.com', connections: null },
    { email: 'user-1@example.com', connections: [{ accessToken: await tokenOf(world, bob, 'google') }] },
  ])
  assert.deepEqual(at(answer, 'errors', 0, 'path'), ['users', 0, 'connections'])
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'FORBIDDEN')
  assert.equal(at(answer, 'errors', 1), undefined)
})

test('rows that a gateway asks for in one request fail together, because the list is never null', async () => {
  const answer = json(await gateway.ask(bearer(bob), OF_ALL))
  assert.deepEqual(at(answer, 'data', 'users'), [
    { email: 'user-0@example.com', connections: null },
    { email: 'user-1@example.com', connections: null },
  ])
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'FORBIDDEN')
})

test("without an Authorization the app's part is answered, and this server's is an error", async () => {
  const answer = json(await gateway.ask({}, '{ users { email connections { id } } }'))
  assert.deepEqual(at(answer, 'data', 'users', 1), { email: 'user-1@example.com', connections: null })
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'UNAUTHENTICATED')
  assert.equal(at(answer, 'errors', 0, 'extensions', 'reason'), 'jwt-missing')
})

test('mutations, aliases and variables go through', async () => {
  const carol = await world.user('carol@example.com')
  await world.signIn(carol, 'spotify')
  const query =
    'mutation ($p: OAuthProvider!) { a: connectProvider(provider: $p) { ofWhom: userId } b: refreshProviderToken(provider: $p, minValidFor: 0) { status } }'
  assert.deepEqual(json(await gateway.ask(bearer(carol), query, { p: 'spotify' })), {
    data: { a: { ofWhom: carol.id }, b: { status: 'ACTIVE' } },
  })
})

test("errors keep their codes and what else a client needs, under the client's own names", async () => {
  const query = 'mutation { again: refreshProviderToken(provider: strava) { id } }'
  const answer = json(await gateway.ask(bearer(ada), query))
  assert.equal(at(answer, 'data'), null)
  assert.deepEqual(at(answer, 'errors', 0, 'path'), ['again'])
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'NOT_CONNECTED')
  assert.equal(at(answer, 'errors', 0, 'extensions', 'provider'), 'strava')
  assert.ok(URL.canParse(String(at(answer, 'errors', 0, 'extensions', 'reauthenticationUrl'))))
})

test('a token that fails leaves the others of the answer', async () => {
  const query = '{ users(limit: 1) { connections { provider ok: accessToken wrong: accessToken(minValidFor: -1) } } }'
  const answer = json(await gateway.ask(bearer(ada), query))
  const of = async (provider: string) => ({ provider, ok: await tokenOf(world, ada, provider), wrong: null })
  assert.deepEqual(at(answer, 'data', 'users', 0, 'connections'), [await of('github'), await of('google')])
  for (const [n, error] of [0, 1].entries()) {
    assert.equal(at(answer, 'errors', error, 'extensions', 'code'), 'BAD_USER_INPUT')
    assert.deepEqual(at(answer, 'errors', error, 'path'), ['users', 0, 'connections', n, 'wrong'])
  }
})

test('a view without accessToken and without mutations has neither', async () => {
  const transforms = [
    new FilterObjectFields((type, field) => type !== 'ProviderConnection' || field !== 'accessToken'),
    new FilterRootFields((operation) => operation === 'Query'),
    // A root without fields is none.
    new FilterTypes((type) => type.name !== 'Subscription'),
  ]
  const view = await gatewayBefore(world.graphql, rows, { ...AS_IT_IS, transforms })
  assert.deepEqual(json(await view.ask(bearer(bob), '{ providerConnections { provider } }')), {
    data: { providerConnections: [{ provider: 'google' }] },
  })
  const attempts = [
    '{ providerConnections { accessToken } }',
    '{ providerConnections { ... on ProviderConnection { x: accessToken } } }',
    '{ users { connections { accessToken } } }',
    'mutation { connectProvider(provider: google) { id } }',
  ]
  for (const query of attempts) {
    const answer = json(await view.ask(bearer(bob), query))
    assert.equal(at(answer, 'data'), undefined, query)
    assert.doesNotMatch(JSON.stringify(answer), /sim-at-/)
  }
  const { data } = await view.ask(bearer(bob), '{ __type(name: "ProviderConnection") { fields { name } } }')
  assert.doesNotMatch(JSON.stringify(data), /accessToken/)
})
