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

function signInLink() {
  const link = document.querySelector('a')
  const back = new URL('/?provider-connection=google', location.href)
  link?.setAttribute('href', `${settings.auth}/signin/provider/google?${new URLSearchParams({ redirectTo: back.href })}`)
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
  Object.assign(element, { jwt })
  const main = document.querySelector('main')
  main?.append(element)
  if (settings.strict) {
    element.remove()
    main?.append(element)
  }
}

takeRefreshToken()
signInLink()
for (let number = 0; number < settings.elements; number++) mount()
