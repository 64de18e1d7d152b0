import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { Failure } from '../src/failure.js'
import { begin, emptyHanded, keep, pending, readState, stateOf } from '../src/pending.js'

const ORIGIN = 'https://app.example'
let address = new URL(ORIGIN)
/** @type {Map<string, string>} */
let stored = new Map()
let blocked = false

/** As much of a browser as the modules ask. */
const browser = {
  document: { baseURI: ORIGIN },
  history: {
    state: null,
    /** @param {unknown} _state @param {string} _title @param {URL} url */
    replaceState: (_state, _title, url) => (address = new URL(url)),
  },
  sessionStorage: {
    /** @param {string} key */
    getItem: (key) => {
      if (blocked) throw new Error('SecurityError')
      return stored.get(key) ?? null
    },
    /** @param {string} key @param {string} value */
    setItem: (key, value) => {
      if (blocked) throw new Error('SecurityError')
      stored.set(key, value)
    },
    /** @param {string} key */
    removeItem: (key) => stored.delete(key),
  },
}
for (const [name, value] of Object.entries(browser)) Object.defineProperty(globalThis, name, { value, configurable: true })
Object.defineProperty(globalThis, 'location', { get: () => address, configurable: true })

beforeEach(() => {
  address = new URL(ORIGIN)
  stored = new Map()
  blocked = false
})

/** Where no sign-in of this app began. */
const PAGES = ['javascript:alert(1)', 'data:text/html,x', 'https://evil.example/', '//evil.example/', '/accounts', `blob:${ORIGIN}/x`, '']

let loads = 0

/**
 * Opens a page: its address is read as the module is loaded.
 * @param {string} path
 * @returns {Promise<typeof import('../src/arrival.js')>}
 */
async function load(path) {
  address = new URL(path, ORIGIN)
  /** @type {unknown} */
  const loaded = await import(`../src/arrival.js?load=${(loads += 1)}`)
  assert.ok(isArrival(loaded))
  return loaded
}

/**
 * @param {unknown} loaded
 * @returns {loaded is typeof import('../src/arrival.js')}
 */
const isArrival = (loaded) => typeof loaded === 'object' && loaded !== null && 'arrived' in loaded

/** @param {string} path */
async function arriveAt(path) {
  return (await load(path)).arrived()
}

/** A sign-in with Google that this tab has left for; its state. */
async function left() {
  const begun = await begin('google', `${ORIGIN}/accounts`)
  keep({ ...begun, left: true })
  return stateOf(begun)
}

test('a sign-in that this tab has begun comes back once, and leaves nothing behind', async () => {
  const state = await left()
  const arrival = await arriveAt(`/accounts?tab=2&refreshToken=r&state=${state}#list`)
  assert.equal(arrival?.provider, 'google')
  assert.equal(arrival.failure, null)
  assert.equal(arrival.signedIn, true)
  assert.equal(address.href, `${ORIGIN}/accounts?tab=2&refreshToken=r#list`)
  assert.equal(pending(), null)
  await arrival.connect(async () => {})
  assert.equal(address.href, `${ORIGIN}/accounts?tab=2#list`, 'the app has exchanged the refresh token by then')
  const again = await arriveAt(`/accounts?state=${state}`)
  assert.equal(again?.failure?.code, 'SIGN_IN_NOT_BEGUN_HERE')
})

test('what another tab or another person has begun is refused, and the sign-in of this tab waits on', async () => {
  const own = await left()
  stored = new Map()
  const forged = await left()
  for (const state of [own, forged.replace('google', 'github').replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'))]) {
    const { arrived } = await load(`/?lang=en&state=${state}&refreshToken=r&code=c`)
    assert.deepEqual([...address.searchParams.keys()], ['lang', 'state'], 'the app finds no session to exchange, as soon as the module is there')
    assert.equal(arrived()?.failure?.code, 'SIGN_IN_NOT_BEGUN_HERE')
    assert.equal(new URL(address).searchParams.get('state'), null)
    assert.notEqual(pending(), null)
  }
  assert.equal((await arriveAt(`/?state=${forged}`))?.failure, null)
})

test('a state that is none of ours is the app’s: nothing is read, and nothing is touched', async () => {
  for (const state of ['', 'x', 'provider-connection', 'provider-connection.evil.' + 'a'.repeat(43), 'provider-connection.google.short', '{"a":1}', '__proto__']) {
    assert.equal(readState(state), null, state)
    const path = `/?error=mine&code=7&state=${encodeURIComponent(state)}`
    assert.equal(await arriveAt(path), null, state)
    assert.equal(address.href, `${ORIGIN}${path}`)
  }
})

test('an error comes back to any page of the app’s, in words of this package alone', async () => {
  const told = {
    'error=oauth-provider-error&provider_error=access_denied': 'SIGN_IN_CANCELLED',
    'error=oauth-provider-error&provider_error=user_cancelled_login': 'SIGN_IN_CANCELLED',
    'error=oauth-provider-error&provider_error=server_error': 'SIGN_IN_FAILED',
    'error=oauth-token-echange-failed': 'SIGN_IN_FAILED',
    'error=provider-account-already-linked': 'ALREADY_LINKED',
    'error=disabled-endpoint': 'PROVIDER_NOT_ENABLED',
    'error=disabled-user': 'USER_DISABLED',
    'error=invalid-email-password': 'NOT_SIGNED_UP',
    'error=signup-disabled': 'NOT_SIGNED_UP',
    'error=constructor&provider_error=__proto__': 'SIGN_IN_FAILED',
  }
  for (const [query, code] of Object.entries(told)) {
    const state = await left()
    const arrival = await arriveAt(`/front?lang=en&errorDescription=EVIL&${query}&state=${state}`)
    assert.equal(arrival?.failure?.code, code, query)
    assert.equal(address.href, `${ORIGIN}/front?lang=en`)
    assert.equal(pending(), null)
  }
})

test('a sign-in that took too long is known by this tab’s memory, since no state comes back', async () => {
  await left()
  const arrival = await arriveAt('/front?error=invalid-state&errorDescription=x&provider_state=a.b.c')
  assert.equal(arrival?.failure?.code, 'SIGN_IN_TOO_SLOW')
  assert.equal(address.href, `${ORIGIN}/front`, 'the state, which may hold a JWT, is gone')
  const path = '/front?error=invalid-state&errorDescription=x'
  assert.equal(await arriveAt(path), null, 'without one it is of a sign-in of the app’s own')
  assert.equal(address.href, `${ORIGIN}${path}`)
})

test('a page that is here again without an answer says that the sign-in was not finished, once', async () => {
  await left()
  assert.equal((await arriveAt('/accounts'))?.failure?.code, 'SIGN_IN_UNFINISHED')
  assert.equal(await arriveAt('/accounts'), null)
  await begin('google', `${ORIGIN}/accounts`)
  assert.equal(await arriveAt('/accounts'), null, 'a sign-in that the page was not left for')
})

test('a link that says that a sign-in has ended ends none: it still comes back, once', async () => {
  for (const link of ['/?error=invalid-state', '/?error=redirectTo-not-allowed', '/accounts']) {
    const state = await left()
    assert.notEqual((await arriveAt(link))?.failure, null)
    assert.equal(await arriveAt(link), null, 'it is told once')
    const arrival = await arriveAt(`/accounts?refreshToken=r&state=${state}`)
    assert.equal(arrival?.failure, null, link)
    assert.equal(arrival.takeRefreshToken(), 'r')
    assert.equal(arrival.takeRefreshToken(), null)
    assert.equal(address.href, `${ORIGIN}/accounts`)
    assert.equal((await arriveAt(`/accounts?state=${state}`))?.failure?.code, 'SIGN_IN_NOT_BEGUN_HERE')
  }
})

test('a sign-in of more than an hour ago is forgotten', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 31) })
  const state = await left()
  context.mock.timers.setTime(Date.UTC(2026, 0, 31, 1, 0, 1))
  assert.equal(await arriveAt('/accounts'), null)
  assert.equal((await arriveAt(`/accounts?state=${state}`))?.failure?.code, 'SIGN_IN_NOT_BEGUN_HERE')
})

test('a code comes with the verifier that the challenge is of, once', async () => {
  const state = await left()
  const verifier = pending()?.verifier ?? ''
  assert.match(verifier, /^[\w-]{43}$/)
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  assert.equal(state, `provider-connection.google.${Buffer.from(hash).toString('base64url')}`)
  const arrival = await arriveAt(`/?code=c&state=${state}`)
  assert.equal(address.href, `${ORIGIN}/`)
  assert.equal(arrival?.signedIn, true)
  assert.deepEqual(arrival.takeCode(), { code: 'c', codeVerifier: verifier })
  assert.equal(arrival.takeCode(), null)
})

test('where the browser keeps nothing no sign-in begins', async () => {
  blocked = true
  await assert.rejects(begin('google', ORIGIN), (thrown) => thrown instanceof Failure && thrown.code === 'STORAGE_BLOCKED')
  assert.equal(await arriveAt('/accounts'), null)
})

test('what is damaged in the tab’s memory is no sign-in', async () => {
  await left()
  const good = pending()
  for (const damaged of ['', 'null', '[]', '{', JSON.stringify({ ...good, provider: 'evil' }), JSON.stringify({ ...good, challenge: 7 }), JSON.stringify({ ...good, at: 'x' }), ...PAGES.map((page) => JSON.stringify({ ...good, page }))]) {
    stored.set('provider-connection', damaged)
    assert.equal(pending(), null, damaged)
    assert.equal(await arriveAt('/'), null)
  }
})

test('sign-ins that leave nothing are counted in a row, by provider', () => {
  assert.equal(emptyHanded('google', false), 1)
  assert.equal(emptyHanded('google', false), 2)
  assert.equal(emptyHanded('google', true), 0)
  assert.equal(emptyHanded('google', false), 1)
  assert.equal(emptyHanded('github', false), 1)
})

test('a sign-in comes back to this origin alone, without what an earlier one has left in the address', async () => {
  const { returnAddress } = await load('/accounts?tab=2&error=x&refreshToken=r')
  assert.equal(returnAddress(null), `${ORIGIN}/accounts?tab=2`)
  assert.equal(returnAddress('/settings'), `${ORIGIN}/settings`)
  for (const other of ['https://evil.example/', '//evil.example/', 'javascript:alert(1)']) {
    assert.throws(() => returnAddress(other), { code: 'REDIRECT_REFUSED' })
  }
})
