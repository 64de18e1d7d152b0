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
import { READS } from './queries/reads.ts'
import { REFUSALS } from './queries/refusals.ts'

const world = await World.start()
after(() => world.stop())
const ada = await newcomer(world)
const bob = await newcomer(world)
const directly = new Map<Query, ReturnType<typeof asked>>()
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

test('each difference of each gateway is one, and explains the answer to a query', async () => {
  const answers = await Promise.all(QUERIES.map(async (query) => ({ query, plain: (await plainly(query)).answer })))
  for (const difference of DIFFERENCES) {
    for (const name of difference.gateways) {
      const explained = answers.filter(({ query, plain }) => differenceOf(name, query, plain) === difference)
      assert.notEqual(explained.length, 0, `${name}: ${difference.reason}`)
      for (const { plain } of explained) assert.notDeepEqual(difference.becomes(plain), plain, `${name}: ${difference.reason}`)
    }
  }
})

test('this server answers all reads, and refuses all that is to be refused', async () => {
  for (const query of READS) assert.deepEqual((await plainly(query)).answer.errors, [], query.name)
  for (const query of REFUSALS) assert.notDeepEqual((await plainly(query)).answer.errors, [], query.name)
})

/** Asks through the gateway, and compares with what this server answers itself. */
async function parity(name: GatewayName, gateway: Gateway, query: Query): Promise<void> {
  const plain = await plainly(query)
  const { answer, left } = await asked(query, gateway)
  const difference = differenceOf(name, query, plain.answer)
  assert.deepEqual(answer, difference?.becomes(plain.answer) ?? plain.answer)
  assert.deepEqual(left, difference?.leaves ?? plain.left)
}

function differenceOf(name: GatewayName, query: Query, plain: Answer): Difference | undefined {
  return DIFFERENCES.find(({ gateways, when }) => gateways.includes(name) && when(query, plain))
}

/** What this server answers itself, and the connections that it leaves. Asks once. */
function plainly(query: Query): ReturnType<typeof asked> {
  const answer = directly.get(query) ?? asked(query, { ask: (client, request) => direct(world, client, request) })
  directly.set(query, answer)
  return answer
}

async function asked({ query, variables = {}, ...as }: Query, gateway: Pick<Gateway, 'ask'>): Promise<{ answer: Answer; left: unknown }> {
  const user = as.changes ? await newcomer(world) : ada
  const answer = await gateway.ask(headersOf(as, user), { query, variables })
  return { answer: read(await anonymous(world, user, answer)), left: as.changes ? await state(world, user) : undefined }
}
