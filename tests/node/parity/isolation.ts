import assert from 'node:assert/strict'

import { SERVICE_SECRET, type User, type World } from '../harness/world.ts'
import { bearer, tokenOf } from '../hasura/setting.ts'
import type { Gateway } from './gateways/gateway.ts'

/** Gateways join requests that are alike and under way. Those of two users are not, whatever their text. */
export async function ownTokens(world: World, gateway: Gateway, users: readonly User[]): Promise<void> {
  const query = '{ providerConnection(provider: google) { userId accessToken } }'
  const askers = Array.from({ length: 10 }, () => users).flat()
  const answers = await Promise.all(askers.map((user) => gateway.ask(bearer(user), { query })))
  const own = askers.map(async (user) => {
    const accessToken = await tokenOf(world, user, 'google')
    return { data: { providerConnection: { userId: user.id, accessToken } } }
  })
  assert.deepEqual(answers, await Promise.all(own))
}

/** A client that knows the service secret still acts as its own user behind a gateway. */
export async function onlyAuthorization(gateway: Gateway, user: User, other: User): Promise<void> {
  const service = { 'x-service-secret': SERVICE_SECRET, 'x-hasura-role': 'admin', 'x-hasura-user-id': other.id }
  const query = '{ providerConnection(provider: google) { userId } }'
  assert.deepEqual(await gateway.ask({ ...bearer(user), ...service }, { query }), { data: { providerConnection: { userId: user.id } } })
}
