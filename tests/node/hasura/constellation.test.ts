import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { gatewayBefore } from '../gateway/gateway.ts'
import { CONSTELLATION } from './dialect.ts'
import { at, list, text } from './json.ts'
import { bearer, connected, hasuraBefore, row, tokenOf } from './setting.ts'
import { written } from './written.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google', 'github')
const bob = await connected(world, 'bob@example.com', 'google')
const rows = [ada, bob].map(row)

const permissions = { user: written('user'), me: written('me') }
const constellation = await hasuraBefore(world, { dialect: CONSTELLATION, permissions, rows })
const hasura = await hasuraBefore(world, { rows })

test('a role without a permission sees nothing of the remote schema, and one that the command wrote sees all', async () => {
  const query = '{ providerConnections { provider } }'
  const bare = await hasuraBefore(world, { dialect: CONSTELLATION })
  assert.match(text((await bare.ask(bearer(ada), { query })).answer, 'errors', 0, 'message'), /providerConnections/)
  const { answer } = await constellation.ask(bearer(ada), { query })
  assert.deepEqual(answer, { data: { providerConnections: [{ provider: 'github' }, { provider: 'google' }] } })
})

test('data and errors arrive together, so that one bad token costs no other field', async () => {
  const query = '{ providerConnections(providers: [google]) { provider bad: accessToken(minValidFor: -1) good: accessToken } }'
  const { answer } = await constellation.ask(bearer(ada), { query })
  assert.equal(at(answer, 'data', 'providerConnections', 0, 'good'), await tokenOf(world, ada, 'google'))
  assert.deepEqual(
    list(answer, 'errors').map((error) => at(error, 'path')),
    [['providerConnections', 0, 'bad']],
  )
})

test('an error keeps its code and its link, because it comes with status 200', async () => {
  const { answer } = await constellation.ask(bearer(ada), { query: 'mutation { connectProvider(provider: strava) { id } }' })
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'PROVIDER_SESSION_NOT_FOUND')
  assert.ok(URL.canParse(text(answer, 'errors', 0, 'extensions', 'reauthenticationUrl')))
})

test('both engines and a stitched gateway give the same answers', async () => {
  const gateway = await gatewayBefore(world.graphql, rows)
  const queries: readonly string[] = [
    '{ providerConnections { provider status refreshable } }',
    '{ a: providerConnection(provider: google) { provider accessToken } b: providerConnection(provider: strava) { id } }',
    'query ($only: [OAuthProvider!] = [github]) { providerConnections(providers: $only) { ...F } } fragment F on ProviderConnection { provider events(first: 1) { kind } }',
    '{ providerConnections { __typename provider @include(if: true) status @skip(if: true) } }',
    'mutation { refreshProviderToken(provider: google) { provider status } }',
  ]
  for (const query of queries) {
    for (const user of [ada, bob]) {
      const expected = (await hasura.ask(bearer(user), { query })).answer
      assert.equal(at(expected, 'errors'), undefined, query)
      assert.deepEqual((await constellation.ask(bearer(user), { query })).answer, expected, query)
      const stitched: unknown = JSON.parse(JSON.stringify(await gateway.ask(bearer(user), query)))
      assert.deepEqual(stitched, expected, query)
    }
  }
})
