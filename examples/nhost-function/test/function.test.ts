import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import provider from '../functions/provider-webhooks.ts'

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

/** Hasura, which knows one user's address. */
const asked: string[] = []
const hasura = createServer((request, response) => {
  asked.push(String(request.headers['x-hasura-admin-secret']))
  request.resume().on('end', () => response.end(JSON.stringify({ data: { user: { email: 'ada@example.com' } } })))
})

/** As much of SMTP (RFC 5321) as it takes to be handed a mail. */
const mails: string[] = []
const smtp = createTcpServer((socket) => {
  let [mail, inMail] = ['', false]
  socket.write('220 ready\r\n')
  createInterface({ input: socket }).on('line', (line) => {
    if (inMail && line === '.') {
      inMail = false
      mails.push(mail)
      socket.write('250 taken\r\n')
    } else if (inMail) {
      mail += `${line}\n`
    } else {
      inMail = line === 'DATA'
      socket.write(inMail ? '354 go on\r\n' : '250 fine\r\n')
    }
  })
})

for (const server of [hasura, smtp]) await once(server.listen(0, '127.0.0.1'), 'listening')
after(() => {
  hasura.close()
  smtp.close()
})

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Has the function receive a webhook, as Nhost calls it: with the body as it came beside the parsed one. */
async function received(body: string, signature: string, at: Date): Promise<number> {
  let status = 0
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)), 'webhook-signature': signature }
  await Reflect.apply(provider, undefined, [{ rawBody: body, headers }, { sendStatus: (answered: number) => (status = answered) }])
  return status
}

test('the function, with its settings, asks Hasura for the address and mails by SMTP', async () => {
  Object.assign(process.env, {
    PROVIDER_WEBHOOK_SECRET: SECRET,
    NHOST_GRAPHQL_URL: `http://127.0.0.1:${portOf(hasura)}/v1`,
    NHOST_ADMIN_SECRET: 'admin',
    SMTP_URL: `smtp://127.0.0.1:${portOf(smtp)}`,
    MAIL_FROM: 'App <app@example.com>',
  })
  const at = new Date()
  const data = { userId: 'ada', provider: 'google', reauthenticationUrl: 'https://auth.example.com/signin/provider/google' }
  const body = JSON.stringify({ type: 'connection.reauthentication_required', timestamp: at.toISOString(), data })
  const signature = new Webhook(SECRET).sign('msg_1', at, body)
  assert.equal(await received(body, signature, at), 204)
  assert.deepEqual(asked, ['admin'])
  assert.match(mails[0] ?? '', /^From: App <app@example\.com>$/m)
  assert.match(mails[0] ?? '', /^To: ada@example\.com$/m)
  assert.match(mails[0] ?? '', /^Message-ID: <msg_1@example\.com>$/m)
  assert.match(mails[0] ?? '', /https:\/\/auth\.example\.com\/signin\/provider\/google/)
  assert.equal(await received(`${body} `, signature, at), 401)
  assert.equal(mails.length, 1)
})
