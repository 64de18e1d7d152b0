import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'

import { World } from '../harness/world.ts'
import { direct } from '../hasura/setting.ts'
import { type Answer, read } from './answer.ts'
import { type Difference, DIFFERENCES, ENGINES } from './differences.ts'
import { GATEWAYS, type GatewayName } from './gateways/all.ts'
import type { Gateway } from './gateways/gateway.ts'
import { onlyAuthorization, ownTokens } from './isolation.ts'
import { anonymous, headersOf, newcomer, state } from './people.ts'
import { QUERIES } from './queries/queries.ts'
import type { Query } from './queries/query.ts'

const world = await World.start()
after(() => world.stop())
const ada = await newcomer(world)
const bob = await newcomer(world)
/** What this server answers itself, and the connections that it leaves. */
const directly = new Map<Query, Promise<{ readonly answer: Answer; readonly left: unknown }>>()
const applied = new Set<Difference>()

for (const { name, start } of GATEWAYS) {
  describe(name, () => {
    // Each in its turn: one that doesn't start fails its own tests.
    let gateway: Gateway
    before(async () => void (gateway = await start(world)))
    after(() => gateway.stop())
    for (const query of QUERIES) it(query.name, () => parity(name, gateway, query))
    it('users who ask the same at once get their own tokens', () => ownTokens(world, gateway, [ada, bob]))
    // An engine reads the headers of its own API: ../hasura/headers.test.ts.
    if (!ENGINES.includes(name)) it('no header of a client is passed on but Authorization', () => onlyAuthorization(gateway, ada, bob))
  })
}

test('every difference that is explained is one', () => {
  const idle = DIFFERENCES.filter((one) => !applied.has(one)).map(({ reason }) => reason)
  assert.deepEqual(idle, [])
})

/** Asks through the gateway, and compares with what this server answers itself. */
async function parity(name: GatewayName, gateway: Gateway, query: Query): Promise<void> {
  const known = directly.get(query) ?? asked(query, { ask: (client, request) => direct(world, client, request) })
  directly.set(query, known)
  const plain = await known
  const { answer, left } = await asked(query, gateway)
  const difference = DIFFERENCES.find(({ gateways, when }) => gateways.includes(name) && when(query, plain.answer))
  assert.deepEqual(answer, difference === undefined ? plain.answer : explained(difference, plain.answer))
  assert.deepEqual(left, difference?.leaves ?? plain.left)
}

async function asked({ query, variables = {}, ...as }: Query, gateway: Pick<Gateway, 'ask'>) {
  const user = as.changes ? await newcomer(world) : ada
  const answer = await gateway.ask(headersOf(as, user), { query, variables })
  return { answer: read(await anonymous(world, user, answer)), left: as.changes ? await state(world, user) : undefined }
}

function explained(difference: Difference, plain: Answer): Answer {
  const other = difference.becomes(plain)
  assert.notDeepEqual(other, plain, `nothing to explain: ${difference.reason}`)
  applied.add(difference)
  return other
}
