// The app around the element: it keeps the session of Nhost Auth, as an app with nhost-js does.

/** @import { App, AppSettings } from './app.d.ts' */

/** The refresh token of Nhost's session outlives the page; nothing else does. */
const KEPT = 'nhost-refresh-token'
const EVENTS = ['changed', 'connected', 'refreshed', 'disconnected', 'revoked', 'failed', 'signin']

const meta = document.querySelector('meta[name=settings]')
/** @type {AppSettings} */
const settings = JSON.parse(meta?.getAttribute('content') ?? '')

/** @type {string | null} */
let current = null
/** @type {Promise<void> | null} */
let renewing = null
let left = false

/** @type {App} */
const app = {
  events: [],
  asked: [],
  renews: true,
  stays: false,
  signIn(refreshToken) {
    sessionStorage.setItem(KEPT, refreshToken)
    current = null
  },
  async leave() {
    left = true
    await renewing?.catch(() => undefined)
  },
  signOut() {
    sessionStorage.removeItem(KEPT)
    current = null
  },
}
window.app = app

async function renew() {
  const refreshToken = sessionStorage.getItem(KEPT)
  if (refreshToken === null) return
  const response = await fetch(`${settings.auth}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  })
  if (!response.ok) return app.signOut()
  const session = await response.json()
  sessionStorage.setItem(KEPT, session.refreshToken)
  current = session.accessToken
}

/** @param {{ fresh: boolean }} options */
async function jwt({ fresh }) {
  if (left) return await new Promise(() => undefined)
  app.asked.push(fresh)
  if ((fresh && app.renews) || current === null) {
    renewing ??= renew().finally(() => (renewing = null))
    await renewing
  }
  return current
}

/** Nhost Auth sends the browser back with it. */
function takeRefreshToken() {
  const url = new URL(location.href)
  const refreshToken = url.searchParams.get('refreshToken')
  if (refreshToken === null) return
  sessionStorage.setItem(KEPT, refreshToken)
  url.searchParams.delete('refreshToken')
  history.replaceState(history.state, '', url)
}

/**
 * @param {unknown} loaded
 * @returns {loaded is typeof import('../../../packages/element/src/round-trip.js')}
 */
const isRoundTrip = (loaded) => typeof loaded === 'object' && loaded !== null && 'beginSignIn' in loaded

/** The app's own button for a sign-in; the element connects when it is back. */
async function signInWithGoogle() {
  const bundle = '/provider-connections.js'
  /** @type {unknown} */
  const loaded = await import(bundle)
  if (!isRoundTrip(loaded)) throw new Error('the element has no beginSignIn')
  const { redirectTo, state, codeChallenge } = await loaded.beginSignIn('google')
  const query = new URLSearchParams({ redirectTo, state })
  if (settings.pkce && codeChallenge !== null) query.set('codeChallenge', codeChallenge)
  location.assign(`${settings.auth}/signin/provider/google?${query}`)
}

/**
 * As nhost-js does it: what comes is the app's session.
 * @param {{ code: string, codeVerifier: string }} code
 */
async function exchange(code) {
  const response = await fetch(`${settings.auth}/token/exchange`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(code),
  })
  if (!response.ok) throw new Error(`Nhost Auth answered ${response.status}`)
  const { session } = await response.json()
  sessionStorage.setItem(KEPT, session.refreshToken)
  current = session.accessToken
}

function mount() {
  const element = document.createElement('provider-connections')
  for (const [name, value] of Object.entries(settings.attributes)) element.setAttribute(name, value)
  for (const type of EVENTS) {
    element.addEventListener(type, (event) => {
      if (type === 'signin' && app.stays) event.preventDefault()
      if (event instanceof CustomEvent) app.events.push({ type, detail: JSON.parse(JSON.stringify(event.detail)) })
    })
  }
  Object.assign(element, { jwt, exchange: settings.pkce ? exchange : null })
  const main = document.querySelector('main')
  main?.append(element)
  if (settings.strict) {
    element.remove()
    main?.append(element)
  }
}

takeRefreshToken()
document.querySelector('header button')?.addEventListener('click', () => void signInWithGoogle())
for (let number = 0; number < settings.elements; number++) mount()
