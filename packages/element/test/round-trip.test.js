import assert from 'node:assert/strict'
import { test } from 'node:test'

const ORIGIN = 'https://app.example'
let address = new URL(ORIGIN)
/** @type {string[]} */
const visited = []
/** @type {Map<string, string>} */
const stored = new Map()

/** @param {string} path */
const at = (path) => Object.assign(new URL(path, ORIGIN), { replace: (/** @type {string} */ url) => visited.push(url) })
const browser = {
  document: { baseURI: ORIGIN },
  history: {
    state: null,
    /** @param {unknown} _state @param {string} _title @param {URL} url */
    replaceState: (_state, _title, url) => (address = at(url.href)),
  },
  sessionStorage: {
    /** @param {string} key */
    getItem: (key) => stored.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem: (key, value) => stored.set(key, value),
    /** @param {string} key */
    removeItem: (key) => stored.delete(key),
  },
}
for (const [name, value] of Object.entries(browser)) Object.defineProperty(globalThis, name, { value, configurable: true })
Object.defineProperty(globalThis, 'location', { get: () => address, configurable: true })

/**
 * Opens a page of the app's with the bundle: its address is read as the module is loaded.
 * @param {string} path
 * @returns {Promise<typeof import('../src/round-trip.js')>}
 */
async function open(path) {
  address = at(path)
  const bundle = '../dist/round-trip.js'
  /** @type {unknown} */
  const loaded = await import(`${bundle}?page=${encodeURIComponent(path)}`)
  assert.ok(isRoundTrip(loaded))
  return loaded
}

/**
 * @param {unknown} loaded
 * @returns {loaded is typeof import('../src/round-trip.js')}
 */
const isRoundTrip = (loaded) => typeof loaded === 'object' && loaded !== null && 'handleReturn' in loaded

test('the front page hands an error on to the page where the sign-in began, where it is told once', async () => {
  const accounts = await open('/accounts?tab=2')
  assert.equal(accounts.handleReturn(), null)
  const { redirectTo, state, codeChallenge } = await accounts.beginSignIn('google', { redirectTo: '/welcome' })
  assert.equal(redirectTo, `${ORIGIN}/welcome`)
  assert.equal(state, `provider-connection.google.${codeChallenge}`)

  const front = await open(`/?lang=en&error=oauth-provider-error&provider_error=access_denied&state=${state}`)
  assert.deepEqual(front.handleReturn(), { provider: 'google', code: 'SIGN_IN_CANCELLED' })
  assert.equal(address.href, `${ORIGIN}/?lang=en`)
  assert.deepEqual(visited, [`${ORIGIN}/accounts?tab=2`])

  const back = await open('/accounts?tab=2&')
  assert.deepEqual(back.handleReturn(), { provider: 'google', code: 'SIGN_IN_CANCELLED' })
  assert.equal(visited.length, 1, 'it is the page itself')
  assert.equal((await open('/accounts?tab=2&#')).handleReturn(), null)
  assert.deepEqual((await open(`/accounts?state=${state}&`)).handleReturn(), { provider: 'google', code: 'SIGN_IN_NOT_BEGUN_HERE' }, 'its state has counted')
})

test('the app gets the refresh token of a sign-in of this tab, and no other', async () => {
  const { state } = await (await open('/accounts?3')).beginSignIn('google')
  assert.equal((await open('/accounts?refreshToken=forged')).takeRefreshToken(), null)
  assert.equal((await open(`/accounts?refreshToken=forged&state=provider-connection.google.${'b'.repeat(43)}`)).takeRefreshToken(), null)
  const back = await open(`/accounts?refreshToken=own&state=${state}`)
  assert.equal(back.takeRefreshToken(), 'own')
  assert.equal(back.takeRefreshToken(), null)
  assert.equal(address.href, `${ORIGIN}/accounts`)
})

test('a forged error is handed on to nowhere', async () => {
  visited.length = 0
  const front = await open(`/?error=x&state=provider-connection.google.${'a'.repeat(43)}`)
  assert.deepEqual(front.handleReturn(), { provider: 'google', code: 'SIGN_IN_NOT_BEGUN_HERE' })
  assert.deepEqual(visited, [])
})
