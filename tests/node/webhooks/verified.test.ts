import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'

import { Webhook, WebhookVerificationError } from 'standardwebhooks'

import { World } from '../harness/world.ts'

const OLD = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const NEW = `whsec_${Buffer.alloc(32, 2).toString('base64')}`

interface Received {
  body: string
  headers: Record<string, string>
}

let arrive: (received: Received) => void
/** What came, once something has. */
const received = new Promise<Received>((resolve) => (arrive = resolve))
const receiver = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    arrive({ body, headers })
    response.writeHead(204).end()
  })
}).listen(0, '127.0.0.1')
await once(receiver, 'listening')
after(() => receiver.close())
const address = receiver.address()
const port = typeof address === 'object' && address !== null ? address.port : 0
const world = await World.start({
  WEBHOOK_URL: `http://127.0.0.1:${port}/webhooks`,
  WEBHOOK_SECRET: `${NEW},${OLD}`,
  WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
})
after(() => world.stop())

test('the library of Standard Webhooks verifies what a server sends, by the old secret and by the new one', async () => {
  const ada = await world.user('ada@example.com')
  await world.signIn(ada, 'google')
  await fetch(world.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.jwt}` },
    body: JSON.stringify({ query: 'mutation { connectProvider(provider: google) { id } }' }),
  })
  const { body, headers } = await received
  for (const secret of [OLD, NEW]) {
    const message: unknown = new Webhook(secret).verify(body, headers)
    assert.deepEqual(message, JSON.parse(body))
  }
  assert.match(body, /"type":"connection.connected"/)
  assert.match(body, new RegExp(ada.id))
  const forged = body.replace('google', 'github')
  assert.throws(() => new Webhook(NEW).verify(forged, headers), WebhookVerificationError)
  const other = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
  assert.throws(() => new Webhook(other).verify(body, headers), WebhookVerificationError)
})
