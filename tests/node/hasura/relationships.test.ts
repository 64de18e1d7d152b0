import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { at, isObject, list, text } from './json.ts'
import { AS_ADMIN, bearer, connected, hasuraBefore, row, tokenOf } from './setting.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google', 'github')
const bob = await connected(world, 'bob@example.com', 'google')
const carol = await world.user('carol@example.com')
const rows = [ada, bob, carol].map(row)
const hasura = await hasuraBefore(world, { rows })
const code = (answer: unknown) => at(answer, 'errors', 0, 'extensions', 'code')

test('rows of a table are joined by one request, with an alias for each', async () => {
  const query = '{ users { displayName providerConnections { provider userId } } }'
  const { answer, sent } = await hasura.ask(AS_ADMIN, { query })
  const field = (n: number, id: string) => `f${n}: providerConnections(userId: "${id}") { provider  userId  }`
  assert.deepEqual(
    sent.map(({ body }) => body),
    [JSON.stringify({ query: `query  { ${field(0, ada.id)} ${field(1, bob.id)} ${field(2, carol.id)} }` })],
  )
  assert.deepEqual(at(answer, 'data', 'users'), [
    {
      displayName: 'User 0',
      providerConnections: [
        { provider: 'github', userId: ada.id },
        { provider: 'google', userId: ada.id },
      ],
    },
    { displayName: 'User 1', providerConnections: [{ provider: 'google', userId: bob.id }] },
    { displayName: 'User 2', providerConnections: [] },
  ])
})

test('arguments of the client and aliases of the relationship come along', async () => {
  const query = /* GraphQL */ `
    query ($only: [OAuthProvider!], $seconds: Int!) {
      users_by_pk(id: "${ada.id}") {
        all: providerConnections { provider }
        some: providerConnections(providers: $only) { accessToken(minValidFor: $seconds) }
      }
    }
  `
  const { answer, sent } = await hasura.ask(AS_ADMIN, { query, variables: { only: ['google'], seconds: 5 } })
  assert.deepEqual(at(answer, 'data', 'users_by_pk'), {
    all: [{ provider: 'github' }, { provider: 'google' }],
    some: [{ accessToken: await tokenOf(world, ada, 'google') }],
  })
  assert.deepEqual(JSON.parse(sent[1]?.body ?? ''), {
    query:
      `query ($hasura_json_var_1: [OAuthProvider!],$hasura_json_var_2: Int!) { f0: providerConnections(userId: "${ada.id}",` +
      'providers: $hasura_json_var_1) { accessToken(minValidFor: $hasura_json_var_2)  } }',
    variables: { hasura_json_var_1: ['google'], hasura_json_var_2: 5 },
  })
})

test('a hundred rows are one request, each answered its own, with everything selected', async () => {
  const users = await Promise.all(Array.from({ length: 100 }, (_, n) => connected(world, `row-${n}@example.com`, 'google')))
  const crowd = await hasuraBefore(world, { rows: users.map(row) })
  const query = /* GraphQL */ `{
    users {
      id
      providerConnections {
        id userId provider status accessToken expiresAt refreshable connectedAt refreshedAt reauthenticationUrl
        lastFailure { code message at retryAt } events(first: 3) { id kind actor at times code evidence }
      }
    }
  }`
  const { answer, sent } = await crowd.ask(AS_ADMIN, { query })
  assert.equal(sent.length, 1)
  assert.equal(sent[0]?.body.match(/ f\d+: /g)?.length, 100)
  const found = list(answer, 'data', 'users')
  assert.equal(found.length, 100)
  for (const [n, user] of users.entries()) {
    const own = found[n]
    assert.equal(text(own, 'id'), user.id)
    assert.equal(text(own, 'providerConnections', 0, 'userId'), user.id)
    assert.equal(text(own, 'providerConnections', 0, 'accessToken'), await tokenOf(world, user, 'google'))
    assert.ok(isObject(at(own, 'providerConnections', 0, 'events', 0)))
  }
})

test('a role that sees its own row alone is joined to its own connections', async () => {
  const own = await hasuraBefore(world, { rows, visible: (one, session) => one.id === session.variables.get('x-hasura-user-id') })
  const { answer } = await own.ask(bearer(bob), { query: '{ users { providerConnections { accessToken } } }' })
  assert.deepEqual(answer, { data: { users: [{ providerConnections: [{ accessToken: await tokenOf(world, bob, 'google') }] }] } })
})

test('rows of others that a role may select open nothing of theirs', async () => {
  const { answer, sent } = await hasura.ask(bearer(bob), { query: '{ users { email providerConnections { accessToken } } }' })
  assert.equal(sent.length, 1)
  assert.equal(at(answer, 'errors', 0, 'message'), 'Errors from remote server')
  assert.equal(code(answer), 'unexpected')
  assert.doesNotMatch(JSON.stringify(answer), /sim-at-/)
})

test('where one row fails, the admin is told where and why', async () => {
  const both = await hasuraBefore(world, {
    rows: [row(ada), { id: 'no-uuid', email: 'old@example.com', displayName: 'From before' }],
  })
  const { answer } = await both.ask(AS_ADMIN, { query: '{ users { providerConnections { accessToken } } }' })
  const inner = at(answer, 'errors', 0, 'extensions', 'internal', 'errors', 0)
  // Each row's value is in the document, and one that can't be read makes the whole document invalid.
  assert.equal(at(inner, 'extensions', 'code'), 'GRAPHQL_VALIDATION_FAILED')
  assert.match(text(inner, 'message'), /userId/)
  assert.equal(at(inner, 'locations', 0, 'line'), 1)
})
