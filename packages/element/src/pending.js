/** @import { OAuthProvider } from './providers.js' */
import { webAddress } from './address.js'
import { Failure } from './failure.js'
import { field, number, parse, text } from './json.js'
import { isProvider } from './providers.js'

/**
 * A sign-in that this tab has begun and that has not come back.
 * @typedef {object} Pending
 * @property {OAuthProvider} provider
 * @property {string} verifier Random; it leaves the tab in a PKCE exchange alone.
 * @property {string} challenge Its SHA-256 (RFC 7636), which travels in `state`; empty where that has come back.
 * @property {string} page Where it began.
 * @property {number} at When, in milliseconds since 1970.
 * @property {boolean} left Whether the page was left for it.
 * @property {string | null} failure The code of the failure that it ended with, where another page heard of it.
 * @property {boolean} told Whether the user was told that it may have ended, without its state having come back.
 */

/** Of the tab's `sessionStorage`, and what `state` begins with. */
const KEY = 'provider-connection'
const EMPTY = 'provider-connection-empty'
/** Nobody is still at the provider after so many milliseconds. */
const LONGEST = 3_600_000

/** @param {Uint8Array} bytes */
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** Whether a challenge is a hash: a page without https has no SHA-256, and another random value binds the tab as well. */
export const canHash = () => globalThis.crypto?.subtle !== undefined

/** @param {string} verifier */
async function challengeOf(verifier) {
  return canHash() ? base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))) : random()
}

/**
 * Remembers, for this tab, that a sign-in begins; the last one counts.
 * @param {OAuthProvider} provider
 * @param {string} page Where it begins.
 * @returns {Promise<Pending>}
 * @throws {Failure} `STORAGE_BLOCKED` where the browser keeps nothing: what comes back could not be told from a forgery.
 */
export async function begin(provider, page) {
  const verifier = random()
  const pending = { provider, verifier, challenge: await challengeOf(verifier), page, at: Date.now(), left: false, failure: null, told: false }
  keep(pending)
  return pending
}

/** @param {Pending} pending */
export function keep(pending) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(pending))
  } catch {
    throw new Failure('STORAGE_BLOCKED')
  }
}

/**
 * The sign-in that this tab waits for.
 * @returns {Pending | null}
 */
export function pending() {
  const kept = read(KEY)
  const provider = field(kept, 'provider')
  const [verifier, challenge, page, at] = [text(field(kept, 'verifier')), text(field(kept, 'challenge')), text(field(kept, 'page')), number(field(kept, 'at'))]
  if (!isProvider(provider) || verifier === null || challenge === null || page === null || at === null) return null
  if (Math.abs(Date.now() - at) > LONGEST) return null
  // The browser is sent there. Whatever else of the app has written this: it stays on the app's pages.
  if (webAddress(page)?.origin !== location.origin) return null
  return { provider, verifier, challenge, page, at, left: field(kept, 'left') === true, failure: text(field(kept, 'failure')), told: field(kept, 'told') === true }
}

/**
 * The user is told that it seems to have ended: once. Anybody can make a link that says so, so that it still counts if it
 * comes back with its state.
 * @param {Pending} pending
 */
export function tell(pending) {
  try {
    keep({ ...pending, failure: null, told: true })
  } catch {
    forget()
  }
}

/** It has come back, or will not: whatever comes with its state from now on is none of this tab's. */
export function forget() {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // There is nothing, then.
  }
}

/** @param {Pending} pending */
export const stateOf = ({ provider, challenge }) => `${KEY}.${provider}.${challenge}`

/**
 * What a `state` of ours says; null where it is the app's.
 * @param {string | null} state
 * @returns {{ provider: OAuthProvider, challenge: string } | null}
 */
export function readState(state) {
  const [, provider, challenge] = /^provider-connection\.(\w+)\.([\w-]{43})$/.exec(state ?? '') ?? []
  return isProvider(provider) && challenge !== undefined ? { provider, challenge } : null
}

/**
 * Counts sign-ins of this tab in a row that came back well and left nothing to connect.
 * @param {OAuthProvider} provider
 * @param {boolean} connected
 * @returns {number}
 */
export function emptyHanded(provider, connected) {
  const counted = connected ? 0 : (number(field(read(EMPTY), provider)) ?? 0) + 1
  try {
    sessionStorage.setItem(EMPTY, JSON.stringify({ [provider]: counted }))
  } catch {
    // It is asked to sign in once more, then.
  }
  return counted
}

/** @param {string} key */
function read(key) {
  try {
    return parse(sessionStorage.getItem(key) ?? '')
  } catch {
    return undefined
  }
}
