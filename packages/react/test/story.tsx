/** Told to React 18 and to React 19: tell.ts bundles it with each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createProviderConnections, ProviderConnectionsProvider, useProviderConnections, useProviderToken } from '@provider-connections/react'
import { act, StrictMode, Suspense, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

import { Backend, jwtOf, settled } from '../../test/backend.ts'
import { noPage, Page } from '../../test/page.ts'

noPage()
const backend = new Backend()
backend.install()
const client = () => createProviderConnections({ endpoint: 'https://connections.example.com/graphql', session: { jwt: () => jwtOf('ada') }, live: 'off' })

function Accounts({ suspense = false }: { suspense?: boolean }) {
  const { connections, loading, error } = useProviderConnections({ suspense })
  return <p id="accounts">{loading ? 'Loading…' : (error?.code ?? connections.map(({ provider }) => provider).join(', '))}</p>
}

function Token({ suspense = false }: { suspense?: boolean }) {
  const { accessToken, error } = useProviderToken('google', { suspense })
  return <p className="token">{accessToken ?? error?.code ?? 'none yet'}</p>
}

function App({ of, suspense = false }: { of: ReturnType<typeof client>; suspense?: boolean }) {
  return (
    <StrictMode>
      <ProviderConnectionsProvider client={of}>
        <Suspense fallback={<p>Waiting…</p>}>
          <Accounts suspense={suspense} />
          <Token suspense={suspense} />
          <Token suspense={suspense} />
        </Suspense>
      </ProviderConnectionsProvider>
    </StrictMode>
  )
}

test(`${version}: StrictMode mounts twice, and the list and the tokens are asked for once`, async () => {
  backend.user('ada', { google: {} })
  const page = new Page('')
  const root = createRoot(page.root)
  await act(async () => {
    root.render(<App of={client()} />)
    await settled()
  })
  assert.equal(page.root.textContent, 'googlegoogle of adagoogle of ada')
  assert.equal(backend.times('AccessTokens'), 1)
  assert.equal(backend.times('ProviderConnections'), 1)
  await act(async () => await Promise.resolve(root.unmount()))
  page.close()
})

test(`${version}: a server asks for nothing and hands out no token, and hydration finds no difference`, async () => {
  for (const suspense of [false, true]) {
    const before = backend.sent.length
    const html = renderToString(<App of={client()} suspense={suspense} />)
    await settled()
    assert.equal(backend.sent.length, before)
    assert.match(html, /Loading…/)
    assert.match(html, /none yet/)
    const page = new Page(html)
    const [first, complaints] = [page.root.querySelector('#accounts'), page.complaints]
    let recovered = 0
    const of = client()
    // Read before the page is hydrated: what is known by then is not what the server has sent.
    await of.list.loaded()
    const root = await act(async () => {
      const root = hydrateRoot(page.root, <App of={of} suspense={suspense} />, { onRecoverableError: () => (recovered += 1) })
      await settled()
      return root
    })
    await act(settled)
    assert.equal(page.root.textContent, 'googlegoogle of adagoogle of ada')
    assert.equal(recovered, 0)
    assert.deepEqual(complaints, [])
    assert.equal(page.root.querySelector('#accounts'), first, 'the server’s elements are kept')
    await act(async () => await Promise.resolve(root.unmount()))
    page.close()
  }
})

test(`${version}: Suspense waits for the first answer, and a failure ends the waiting`, async () => {
  backend.shut()
  const page = new Page('')
  const root = createRoot(page.root)
  await act(async () => {
    root.render(<App of={client()} suspense />)
    await settled()
  })
  assert.equal(page.root.textContent, 'Waiting…')
  backend.users.delete('ada')
  backend.open()
  await act(settled)
  await act(settled)
  assert.equal(page.root.textContent, 'NOT_CONNECTEDNOT_CONNECTED')
  await act(async () => await Promise.resolve(root.unmount()))
  page.close()
})

test(`${version}: the next user sees nothing of the one who has signed out`, async () => {
  backend.user('ada', { google: {} })
  backend.user('bob', { github: {} })
  let user: string | null = 'ada'
  let notify = () => {}
  const of = createProviderConnections({
    endpoint: 'https://connections.example.com/graphql',
    session: { jwt: () => (user === null ? null : jwtOf(user)), user: () => user, onChange: (listener) => ((notify = listener), () => undefined) },
    live: 'off',
  })
  const page = new Page('')
  const root = createRoot(page.root)
  await act(async () => {
    root.render(<App of={of} />)
    await settled()
  })
  assert.match(page.root.textContent ?? '', /google of ada/)
  await act(async () => {
    user = 'bob'
    notify()
    await Promise.resolve()
  })
  assert.doesNotMatch(page.root.textContent ?? '', /ada|google/)
  await act(settled)
  assert.equal(page.root.textContent, 'githubNOT_CONNECTEDNOT_CONNECTED')
  await act(async () => await Promise.resolve(root.unmount()))
  page.close()
})

test(`${version}: a hook without a provider above it says what is missing`, () => {
  assert.throws(() => renderToString(<Accounts />), /ProviderConnectionsProvider above/)
})
