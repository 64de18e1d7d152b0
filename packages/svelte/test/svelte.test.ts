import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { Backend, jwtOf, settled } from '../../test/backend.ts'
import { noPage, Page } from '../../test/page.ts'
import { bundled } from './bundle.ts'

const ENDPOINT = 'https://connections.example.com/graphql'
const session = { jwt: () => jwtOf('ada') }
noPage()
const backend = new Backend()
backend.install()

const folder = await mkdtemp(join(tmpdir(), 'provider-connections-svelte-'))
after(async () => await rm(folder, { recursive: true, force: true }))
const server = await bundled('server', folder)
const browser = await bundled('client', folder)

test('a component shows the list and its tokens, follows its provider, and ends what it began', async () => {
  backend.user('ada', { google: {}, github: {} })
  const page = new Page('')
  const client = browser.createProviderConnections({ endpoint: ENDPOINT, session, live: 'off' })
  const app = browser.mounted(client, page.root)
  await settled()
  browser.flushSync()
  assert.equal(words(page), 'google, github google of ada google of ada')
  assert.equal(backend.times('AccessTokens'), 1)
  browser.show('github')
  browser.flushSync()
  await settled()
  browser.flushSync()
  assert.equal(words(page), 'google, github github of ada github of ada')
  await browser.unmount(app)
  await settled()
  assert.equal(client.token('google').snapshot().accessToken, null)
  assert.equal(client.token('github').snapshot().accessToken, null)
  browser.show('google')
  page.close()
})

test('a server asks for nothing and hands out no token, and hydration finds no difference', async () => {
  backend.user('ada', { google: {} })
  const before = backend.sent.length
  const html = server.served(server.createProviderConnections({ endpoint: ENDPOINT, session }))
  await settled()
  assert.equal(backend.sent.length, before)
  assert.match(html, /Loading…/)
  assert.match(html, /none yet/)
  const page = new Page(html)
  const first = page.root.querySelector('#accounts')
  const app = browser.hydrated(browser.createProviderConnections({ endpoint: ENDPOINT, session, live: 'off' }), page.root)
  await settled()
  browser.flushSync()
  assert.equal(words(page), 'google google of ada google of ada')
  assert.deepEqual(page.complaints, [])
  assert.equal(page.root.querySelector('#accounts'), first, 'the server’s elements are kept')
  await browser.unmount(app)
  page.close()
})

function words({ root }: Page): string {
  return [...root.querySelectorAll('p')].map(({ textContent }) => textContent).join(' ')
}
