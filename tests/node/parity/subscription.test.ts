import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { at } from '../hasura/json.ts'
import { bearer, connected, direct } from '../hasura/setting.ts'
import { hive } from './gateways/hive.ts'
import { meshWith } from './gateways/mesh.ts'

const world = await World.start()
after(() => world.stop())
const gateways = { 'Hive Gateway': await hive(world), 'GraphQL Mesh': await meshWith(world, []) }
after(() => Promise.all(Object.values(gateways).map((gateway) => gateway.stop())))

const query = 'subscription { providerConnectionChanged { userId provider event { kind } } }'

for (const [name, { url }] of Object.entries(gateways)) {
  test(`${name} passes changes on as server-sent events, without a plugin`, async () => {
    const ada = await connected(world, `${name.replace(' ', '-')}@example.com`, 'google')
    const messages = subscribed(url, bearer(ada))
    const first = { userId: ada.id, provider: null, event: null }
    assert.deepEqual((await messages.next()).value, { data: { providerConnectionChanged: first } })
    await direct(world, bearer(ada), { query: 'mutation { disconnectProvider(provider: google) { id } }' })
    const second = { userId: ada.id, provider: 'google', event: { kind: 'DISCONNECTED' } }
    assert.deepEqual((await messages.next()).value, { data: { providerConnectionChanged: second } })
    await messages.return(undefined)
  })
}

test('GraphQL Mesh passes on why a subscription is refused', async () => {
  const answer = await refused(gateways['GraphQL Mesh'].url)
  assert.deepEqual(at(answer, 'errors', 0, 'path'), ['providerConnectionChanged'])
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'UNAUTHENTICATED')
  assert.equal(at(answer, 'errors', 0, 'extensions', 'reason'), 'jwt-missing')
})

test('Hive Gateway in front of this server alone hides why a subscription is refused, as docs/gateways.md says', async () => {
  const answer = await refused(gateways['Hive Gateway'].url)
  assert.equal(at(answer, 'errors', 0, 'extensions', 'code'), 'INTERNAL_SERVER_ERROR')
})

/** The answer to a subscription without a JWT. */
async function refused(url: string): Promise<unknown> {
  const messages = subscribed(url, {})
  const { value } = await messages.next()
  await messages.return(undefined)
  return value
}

/** The messages of the subscription through the gateway. Its end ends the request. */
async function* subscribed(url: string, client: Readonly<Record<string, string>>): AsyncGenerator<unknown, undefined> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', ...client }
  const { body } = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  assert.ok(body)
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
        text = text.slice(end + 2)
        if (data !== undefined) yield JSON.parse(data)
        continue
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      text += value
    }
  } finally {
    await reader.cancel()
  }
}
