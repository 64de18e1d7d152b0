import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { type Mail, receive } from '../functions/_lib/receive.ts'

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const URL = 'https://local.auth.local.nhost.run/v1/signin/provider/google'

/** Has the function receive this, signed with `secret`. */
async function received(type: string, data: object, secret = SECRET): Promise<{ status: number; mails: Mail[] }> {
  const body = JSON.stringify({ type, timestamp: '2026-01-31T08:00:00.000Z', data })
  const at = new Date()
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
  }
  const mails: Mail[] = []
  const parts = {
    secret: SECRET,
    emailOf: (id: string) => Promise.resolve(id === 'ada' ? 'ada@example.com' : undefined),
    send: (mail: Mail) => Promise.resolve(void mails.push(mail)),
  }
  return { status: await receive(parts, body, headers), mails }
}

const ended = { userId: 'ada', provider: 'google', reauthenticationUrl: URL }

test('a user whose connection has ended is mailed the link', async () => {
  const { status, mails } = await received('connection.reauthentication_required', ended)
  assert.equal(status, 204)
  assert.equal(mails.length, 1)
  assert.equal(mails[0]?.to, 'ada@example.com')
  assert.equal(mails[0]?.id, 'msg_1')
  assert.match(mails[0]?.text ?? '', /signin\/provider\/google/)
})

test('nobody is mailed about what needs nothing, or about somebody unknown', async () => {
  for (const [type, data] of [
    ['connection.healed', ended],
    ['connection.from_the_future', {}],
    ['webhook.test', {}],
    ['connection.expires_soon', { ...ended, userId: 'nobody' }],
  ] as const) {
    assert.deepEqual(await received(type, data), { status: 204, mails: [] }, type)
  }
})

test('what is not signed with the secret is refused', async () => {
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  assert.deepEqual(await received('connection.reauthentication_required', ended, other), { status: 401, mails: [] })
})
