import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { World } from '../harness/world.ts'
import { bearer, connected, direct } from '../hasura/setting.ts'
import { hive } from './gateways/hive.ts'

const world = await World.start()
after(() => world.stop())
const gateway = await hive(world)
after(() => gateway.stop())

const query = 'subscription { providerConnectionChanged { userId provider event { kind } } }'

test('Hive Gateway passes changes on as server-sent events, without a plugin', async () => {
  const ada = await connected(world, 'ada@example.com', 'google')
  const messages = subscribed(bearer(ada))
  assert.deepEqual((await messages.next()).value, { data: { providerConnectionChanged: { userId: ada.id, provider: null, event: null } } })
  await direct(world, bearer(ada), { query: 'mutation { disconnectProvider(provider: google) { id } }' })
  assert.deepEqual((await messages.next()).value, {
    data: { providerConnectionChanged: { userId: ada.id, provider: 'google', event: { kind: 'DISCONNECTED' } } },
  })
  await messages.return(undefined)
})

/** The messages of the subscription through the gateway. Its end ends the request. */
async function* subscribed(client: Readonly<Record<string, string>>): AsyncGenerator<unknown, undefined> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', ...client }
  const { body } = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }) })
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
