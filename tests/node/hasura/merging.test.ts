import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'

import {
  buildSchema,
  GraphQLError,
  isEnumType,
  isObjectType,
  isScalarType,
  type GraphQLSchema,
  parse,
  parseConstValue,
  printSchema,
  validate,
  valueFromAST,
} from 'graphql'

import { World } from '../harness/world.ts'
import { HasuraError } from './error.ts'
import { INTROSPECTION, introspectionBody, NEWEST } from './introspection.ts'
import { at, list, text } from './json.ts'
import { merge } from './merged.ts'
import { AS_SERVICE, bearer, connected, direct, hasuraBefore } from './setting.ts'

const world = await World.start()
const forServices = await World.start({ INTROSPECTION: 'service' })
const off = await World.start({ INTROSPECTION: 'off' })
after(async () => {
  for (const one of [world, forServices, off]) await one.stop()
})

/** All ways in which Hasura and its like put the question; the first is Hasura's, byte for byte. */
const QUESTIONS: readonly unknown[] = [
  JSON.parse(introspectionBody()),
  { query: INTROSPECTION, operationName: 'IntrospectionQuery', variables: null },
  { query: INTROSPECTION, operationName: 'IntrospectionQuery' },
  { query: NEWEST },
]
const QUERY_TYPE = ['data', '__schema', 'queryType', 'name'] as const

test('the introspection is the documented one, in one line and without fragments', () => {
  assert.equal(
    introspectionBody(),
    readFileSync(new URL('../../spec/fixtures/hasura-introspection.json', import.meta.url), 'utf8').trimEnd(),
  )
  const body: unknown = JSON.parse(introspectionBody())
  assert.equal(at(body, 'operationName'), 'IntrospectionQuery')
  assert.doesNotMatch(text(body, 'query'), /\.\.\./)
  // `args` of a field: seven times the type within a type.
  assert.match(text(body, 'query'), /args \{ name {2}description {2}type \{ kind {2}name {2}(ofType \{ kind {2}name {2}){7}/)
})

test('Hasura merges without a JWT, with its service secret or without, and with a wrong one', async () => {
  for (const headers of [{}, AS_SERVICE, { 'x-service-secret': 'wrong' }, { authorization: 'Bearer expired' }]) {
    const hasura = await hasuraBefore(world, { headers })
    assert.equal(hasura.remote.getQueryType()?.name, 'Query')
    for (const question of QUESTIONS) {
      const answer = await direct(world, { 'x-hasura-role': 'admin', ...headers }, question)
      assert.equal(at(answer, ...QUERY_TYPE), 'Query', JSON.stringify(headers))
      assert.equal(at(answer, 'errors'), undefined)
    }
  }
})

test('with INTROSPECTION=service Hasura merges by its service secret alone', async () => {
  assert.equal((await hasuraBefore(forServices)).remote.getQueryType()?.name, 'Query')
  const ada = await forServices.user('ada@example.com')
  for (const headers of [
    {},
    { 'x-service-secret': 'wrong' },
    { 'x-hasura-admin-secret': AS_SERVICE['x-service-secret'] },
    bearer(ada),
  ]) {
    await assert.rejects(hasuraBefore(forServices, { headers }), HasuraError)
    for (const question of QUESTIONS) {
      const answer = await direct(forServices, { 'x-hasura-role': 'admin', ...headers }, question)
      assert.equal(at(answer, ...QUERY_TYPE), undefined)
      assert.ok(list(answer, 'errors').length > 0 || at(answer, 'data', '__schema') === null)
    }
  }
})

test('with INTROSPECTION=off nobody merges, and whoever has merged before goes on', async () => {
  await assert.rejects(hasuraBefore(off), HasuraError)
  const ada = await connected(off, 'ada@example.com', 'google')
  const answer = await direct(off, bearer(ada), { query: '{ providerConnections { provider } }' })
  assert.deepEqual(answer, { data: { providerConnections: [{ provider: 'google' }] } })
})

test('it merges with the schema of an Nhost app, and no name of it clashes', async () => {
  const { remote } = await hasuraBefore(world)
  const merged = merge(remote)
  const again = buildSchema(printSchema(merged))
  assert.equal(printSchema(again), printSchema(merged))
  const query = /* GraphQL */ `{
    users(where: { id: { _eq: "c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c11" } }, order_by: { email: asc }) {
      email userProviders { provider { id } } providerConnections(providers: [google]) { provider status accessToken }
    }
    providerConnections { connectedAt lastFailure { code } }
  }`
  assert.deepEqual(validate(again, parse(query)), [])
})

test('a schema that took a name of the app would not merge', async () => {
  const clashes: readonly [string, RegExp][] = [
    ['type Query { users: String }', /users/],
    ['type Query { provider(id: String!): String }', /provider/],
    ['type Query { authUserProviders: String }', /authUserProviders/],
    ['type Query { a: Node } type Node { id: ID }', /Node/],
    ['type Query { a: PageInfo } type PageInfo { hasNextPage: Boolean }', /PageInfo/],
    ['type Query { a(b: order_by): String } enum order_by { ASC DESC }', /order_by/],
    ['type Query { a(b: users_bool_exp): String } input users_bool_exp { id: ID }', /users_bool_exp/],
    ['type Query { a: uuid } type uuid { text: String }', /uuid/],
    ['type Query { a: String } type Mutation { deleteUser(id: ID!): String }', /deleteUser/],
  ]
  for (const [sdl, name] of clashes) assert.throws(() => merge(buildSchema(sdl)), name, sdl)
  const harmless = 'scalar uuid scalar timestamptz type Query { a(b: uuid): timestamptz } type Subscription { a: String }'
  merge(buildSchema(harmless))
})

test('the scalars are uuid and timestamptz, and no other', async () => {
  const { remote } = await hasuraBefore(world)
  const builtin = ['Boolean', 'Float', 'ID', 'Int', 'String']
  const scalars = Object.values(remote.getTypeMap())
    .filter(isScalarType)
    .map(({ name }) => name)
  assert.deepEqual(scalars.filter((name) => !builtin.includes(name)).sort(), ['timestamptz', 'uuid'])
})

test('every default is a literal of its type', async () => {
  const { remote } = await hasuraBefore(world)
  const defaults = defaultsOf(remote, await direct(world, {}, JSON.parse(introspectionBody())))
  assert.deepEqual(defaults, [
    ...['replace', 'reconnect', 'retryInterrupted', 'retryDead'].map((name) => [`Mutation.importProviderConnection(${name})`, 'false', false]),
    ['ProviderConnection.accessToken(minValidFor)', '60', 60],
    ['ProviderConnection.events(first)', '20', 20],
  ])
})

test('enum values are what nhost-js takes, and come bare', async () => {
  const provider = (await hasuraBefore(world)).remote.getType('OAuthProvider')
  assert.ok(isEnumType(provider))
  for (const { name } of provider.getValues()) assert.match(name, /^[a-z]+$/)
})

test('a subscription that is sent as a query is refused in JSON', async () => {
  const answer = await direct(world, AS_SERVICE, { query: 'subscription { providerConnectionChanged { provider } }' })
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'BAD_REQUEST')
  assert.match(String(at(answer, 'errors', 0, 'message')), /graphql-transport-ws/)
})

/** Each argument with a default: where, as it came, and what it is. */
function defaultsOf(remote: GraphQLSchema, answer: unknown): unknown[] {
  return list(answer, 'data', '__schema', 'types').flatMap((type) => {
    const known = remote.getType(String(at(type, 'name')))
    if (!isObjectType(known) || known.name.startsWith('__')) return []
    return list(type, 'fields').flatMap((field) =>
      list(field, 'args').flatMap((argument) => {
        const literal = at(argument, 'defaultValue')
        if (literal === null) return []
        const [owner, name] = [String(at(field, 'name')), String(at(argument, 'name'))]
        const input = known.getFields()[owner]?.args.find((one) => one.name === name)?.type
        if (input === undefined) throw new GraphQLError(`${owner}(${name}) is not in the schema`)
        return [[`${known.name}.${owner}(${name})`, literal, valueFromAST(parseConstValue(String(literal)), input)]]
      }),
    )
  })
}
