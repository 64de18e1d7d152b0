import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { at, list } from '../hasura/json.ts'
import { bearer, connected, row, tokenOf } from '../hasura/setting.ts'
import { meshWith } from './gateways/mesh.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google', 'github')
const bob = await connected(world, 'bob@example.com', 'google')
const gateway = await meshWith(world, [row(ada, 1), row(bob, 2)])
after(() => gateway.stop())

test("one query of a composed supergraph reads a user's row and their connections", async () => {
  const query = 'query ($id: uuid!) { users_by_pk(id: $id) { email connections { provider accessToken } } }'
  const connections = [
    { provider: 'github', accessToken: await tokenOf(world, ada, 'github') },
    { provider: 'google', accessToken: await tokenOf(world, ada, 'google') },
  ]
  assert.deepEqual(await gateway.ask(bearer(ada), { query, variables: { id: ada.id } }), {
    data: { users_by_pk: { email: 'user-1@example.com', connections } },
  })
})

test('the rows of several users share a request, so that the row of another leaves none of them connections', async () => {
  const answer = await gateway.ask(bearer(bob), { query: '{ users { email connections { accessToken } } }' })
  assert.deepEqual(at(answer, 'data', 'users'), [
    { email: 'user-1@example.com', connections: null },
    { email: 'user-2@example.com', connections: null },
  ])
  const codes = list(answer, 'errors').map((error) => at(error, 'extensions', 'code'))
  assert.deepEqual([...new Set(codes)], ['FORBIDDEN'])
})
