import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Backend, jwtOf } from '../../test/backend.ts'

const ORIGIN = 'https://app.example.com'
let address = new URL(ORIGIN)
const stored = new Map<string, string>()

/** As much of a page as the modules ask. */
const page = {
  document: { baseURI: ORIGIN },
  history: { state: null, replaceState: (_state: unknown, _title: string, url: URL) => (address = new URL(url)) },
  sessionStorage: {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  },
}
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true })
Object.defineProperty(globalThis, 'location', { get: () => address, configurable: true })

/** Opens a page of the app's with the package as it is shipped: the address is read as it is loaded. */
async function open(path: string): Promise<typeof import('../src/index.ts')> {
  address = new URL(path, ORIGIN)
  const loaded: unknown = await import(`../dist/index.js?page=${encodeURIComponent(path)}`)
  if (!isCore(loaded)) throw new Error('dist/ is not what the sources make: npm run build')
  return loaded
}

function isCore(loaded: unknown): loaded is typeof import('../src/index.ts') {
  return typeof loaded === 'object' && loaded !== null && 'takeSignIn' in loaded
}

test('a sign-in that this tab has begun comes back once, with what the app exchanges', async () => {
  const backend = new Backend()
  backend.install()
  const { createProviderConnections, takeSignIn } = await open('/accounts')
  assert.equal(takeSignIn(), null)
  const client = createProviderConnections({ endpoint: 'https://connections.example.com/graphql', session: { jwt: jwtOf('ada') } })
  await assert.rejects(client.signInUrl('google', 'https://evil.example/'), { code: 'REDIRECT_REFUSED' })
  const url = new URL(await client.signInUrl('google', '/accounts'))
  assert.equal(url.searchParams.get('redirectTo'), `${ORIGIN}/accounts`)
  const state = url.searchParams.get('state') ?? ''

  const back = await open(`/accounts?tab=2&refreshToken=r&state=${state}`)
  assert.deepEqual(back.takeSignIn(), { provider: 'google', failure: null, refreshToken: 'r', code: null })
  assert.equal(back.takeSignIn(), null)
  assert.equal(address.href, `${ORIGIN}/accounts?tab=2`)
  const again = (await open(`/accounts?refreshToken=r&state=${state}`)).takeSignIn()
  assert.equal(again?.failure?.code, 'SIGN_IN_NOT_BEGUN_HERE', 'its state has counted')
})

test('a sign-in that somebody else has begun brings no session, and its words are not read', async () => {
  const forged = `provider-connection.google.${'a'.repeat(43)}`
  const module = await open(`/?refreshToken=theirs&errorDescription=EVIL&state=${forged}`)
  assert.equal(address.searchParams.get('refreshToken'), null, 'gone as soon as the package is loaded')
  const taken = module.takeSignIn()
  assert.deepEqual([taken?.failure?.code, taken?.refreshToken], ['SIGN_IN_NOT_BEGUN_HERE', null])
  assert.doesNotMatch(JSON.stringify(taken) + String(taken?.failure), /EVIL|theirs/)
  assert.equal((await open('/?refreshToken=theirs')).takeSignIn(), null)
})
