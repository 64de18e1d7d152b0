/** @import { OAuthProvider } from './providers.js' */
// For pages of the app that have no element.
import { arrived, returnAddress } from './arrival.js'
import { begin, canHash, keep, stateOf } from './pending.js'

/**
 * Begins a sign-in that the app makes the address of itself: a button on its sign-in page, say. Put the answer into that
 * address (`signin/provider/…`, `signup/provider/…`); the element on the page that it comes back to connects.
 * @param {OAuthProvider} provider
 * @param {{ redirectTo?: string }} [options] `redirectTo`: of this origin; this page where it is left out.
 * @returns {Promise<{ redirectTo: string, state: string, codeChallenge: string | null }>}
 *   `codeChallenge` (PKCE) is for elements with `exchange`; null on a page without https.
 */
export async function beginSignIn(provider, { redirectTo } = {}) {
  const target = returnAddress(redirectTo ?? null)
  const begun = await begin(provider, returnAddress(null))
  return { redirectTo: target, state: stateOf(begun), codeChallenge: canHash() ? begun.challenge : null }
}

/**
 * For the app's front page (`AUTH_CLIENT_URL`), where Nhost Auth sends whoever denied a sign-in or took too long. If such a
 * sign-in began on another page it goes back there, where the element says what happened.
 * @returns {{ provider: OAuthProvider, code: string } | null} What happened; null: nothing of the kind.
 */
export function handleReturn() {
  const arrival = arrived()
  if (arrival === null || arrival.failure === null) return null
  const { provider, failure, begun, answered } = arrival
  if (begun !== null && begun.page.split(/[?#]/)[0] !== location.href.split(/[?#]/)[0]) {
    // A state counts once.
    keep({ ...begun, challenge: answered ? '' : begun.challenge, failure: failure.code })
    location.replace(begun.page)
  }
  return { provider, code: failure.code }
}

/**
 * The refresh token with which a sign-in that this tab has begun came back, once: the app exchanges it for its session. It
 * is taken out of the address.
 * @returns {string | null} Null: none came back. A refresh token without this tab's state may be anybody's.
 */
export function takeRefreshToken() {
  const arrival = arrived()
  return arrival === null || arrival.failure !== null ? null : arrival.takeRefreshToken()
}
