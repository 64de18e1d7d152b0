import assert from 'node:assert/strict'
import { test } from 'node:test'

import { noPage, Page } from '../../test/page.ts'

import { renderToString } from '@vue/server-renderer'
import { createApp, createSSRApp, defineComponent, h, nextTick, shallowRef, Suspense } from 'vue'

import { Backend, jwtOf, settled } from '../../test/backend.ts'
import { createProviderConnections, type OAuthProvider, providerConnectionsPlugin, useProviderConnections, useProviderToken } from '../src/index.ts'

noPage()
const backend = new Backend()
backend.install()
const client = () => createProviderConnections({ endpoint: 'https://connections.example.com/graphql', session: { jwt: () => jwtOf('ada') }, live: 'off' })

const Accounts = defineComponent(() => {
  const { connections, loading, error } = useProviderConnections()
  return () => h('p', { id: 'accounts' }, loading.value ? 'Loading…' : (error.value?.code ?? connections.value.map(({ provider }) => provider).join(', ')))
})

const provider = shallowRef<OAuthProvider>('google')
const Token = defineComponent(() => {
  const { accessToken, error } = useProviderToken(provider)
  return () => h('p', accessToken.value ?? error.value?.code ?? 'none yet')
})

const App = defineComponent(() => () => h(Suspense, null, { default: () => h('div', [h(Accounts), h(Token), h(Token)]) }))

test('a component shows the list and its tokens, follows its provider, and ends what it began', async () => {
  backend.user('ada', { google: {}, github: {} })
  const page = new Page('')
  const of = client()
  const app = createApp(App).use(providerConnectionsPlugin(of))
  app.mount(page.root)
  await settled()
  assert.equal(page.root.textContent, 'google, githubgoogle of adagoogle of ada')
  assert.equal(backend.times('AccessTokens'), 1)
  provider.value = 'github'
  await settled()
  await nextTick()
  assert.equal(page.root.textContent, 'google, githubgithub of adagithub of ada')
  assert.equal(of.token('google').snapshot().accessToken, null)
  app.unmount()
  assert.equal(of.token('github').snapshot().accessToken, null)
  provider.value = 'google'
  page.close()
})

test('a server asks for nothing and hands out no token, and hydration finds no difference', async () => {
  backend.user('ada', { google: {} })
  const before = backend.sent.length
  const html = await renderToString(createSSRApp(App).use(providerConnectionsPlugin(client())))
  await settled()
  assert.equal(backend.sent.length, before)
  assert.match(html, /Loading…/)
  assert.match(html, /none yet/)
  const page = new Page(html)
  const first = page.root.querySelector('#accounts')
  const of = client()
  await of.list.loaded()
  const app = createSSRApp(App).use(providerConnectionsPlugin(of))
  app.mount(page.root)
  await settled()
  await nextTick()
  assert.equal(page.root.textContent, 'googlegoogle of adagoogle of ada')
  assert.deepEqual(page.complaints.filter((complaint) => !complaint.includes('<Suspense> is an experimental')), [])
  assert.equal(page.root.querySelector('#accounts'), first, 'the server’s elements are kept')
  app.unmount()
  page.close()
})
