/** @import { Pending } from './pending.js' */
/** @import { OAuthProvider } from './providers.js' */
import { webAddress } from './address.js'
import { Failure } from './failure.js'
import { forget, pending, readState, tell } from './pending.js'

/** What Nhost Auth adds to the address where a sign-in failed. */
const ERRORS = ['error', 'errorDescription', 'provider_error', 'provider_error_description', 'provider_error_url', 'provider_state']
/** Of a session; whose it is, the app. */
const SESSION = 'refreshToken'
/** What a sign-in that took too long, or lost its way, comes back with: no state is echoed. */
const STATELESS = ['invalid-state', 'redirectTo-not-allowed']
/** How long elements that are made anew still join what has come back, in milliseconds. */
const REMEMBERED = 3000

/**
 * The address that a sign-in comes back to.
 * @param {string | null} redirectTo Null: this page.
 * @throws {Failure} `REDIRECT_REFUSED` where it is another site's.
 */
export function returnAddress(redirectTo) {
  const page = webAddress(redirectTo ?? location.href, document.baseURI)
  if (page === null || page.origin !== location.origin) throw new Failure('REDIRECT_REFUSED')
  for (const name of [...ERRORS, SESSION]) page.searchParams.delete(name)
  return page.href
}

/**
 * What came of a sign-in, by Nhost Auth's error codes. The description is anybody's text: it is not read.
 * @param {URLSearchParams} parameters
 * @returns {Failure | null}
 */
function failureOf(parameters) {
  const error = parameters.get('error')
  if (error === null) return null
  if (error === 'invalid-state') return new Failure('SIGN_IN_TOO_SLOW')
  if (error.endsWith('already-linked')) return new Failure('ALREADY_LINKED')
  if (error === 'disabled-endpoint') return new Failure('PROVIDER_NOT_ENABLED')
  if (error === 'disabled-user') return new Failure('USER_DISABLED')
  // Nhost Auth creates no user for whoever signs in without having signed up.
  if (error === 'invalid-email-password' || error === 'signup-disabled') return new Failure('NOT_SIGNED_UP')
  // LinkedIn has words of its own: user_cancelled_login, user_cancelled_authorize.
  if (/^(access_denied$|user_cancelled)/.test(parameters.get('provider_error') ?? error)) return new Failure('SIGN_IN_CANCELLED')
  return new Failure('SIGN_IN_FAILED')
}

/** A sign-in that came back to this page. */
class Arrival {
  /** @type {Promise<void> | null} */
  #connection = null

  /**
   * @param {OAuthProvider} provider
   * @param {Failure | null} failure
   * @param {{ refreshToken?: string | null, code?: string | null, begun?: Pending | null, answered?: boolean }} [more]
   *   `begun`: as this tab remembers it; `answered`: whether its state has come back, so that nothing else can.
   */
  constructor(provider, failure, { refreshToken = null, code = null, begun = null, answered = false } = {}) {
    this.provider = provider
    this.failure = failure
    /** Whether it brought a session, and not only linked. */
    this.signedIn = code !== null || refreshToken !== null
    this.refreshToken = refreshToken
    this.code = code
    this.begun = begun
    this.answered = answered
    if (failure !== null) this.#forget()
  }

  /**
   * What the app exchanges for a session, once; null where there is nothing.
   * @returns {{ code: string, codeVerifier: string } | null}
   */
  takeCode() {
    const { code, begun } = this
    this.code = null
    return code === null || begun === null ? null : { code, codeVerifier: begun.verifier }
  }

  /**
   * The refresh token that it brought, which the app exchanges for a session, once; null where there is none.
   * @returns {string | null}
   */
  takeRefreshToken() {
    const { refreshToken } = this
    this.refreshToken = null
    clean([SESSION])
    return refreshToken
  }

  /**
   * Connects, once for the page: who asks meanwhile or afterwards gets the same. Where nobody is
   * signed in yet it can be asked again.
   * @param {() => Promise<void>} connect
   */
  connect(connect) {
    this.#connection ??= connect().then(
      () => {
        // The app has exchanged it by now; whoever sees the address would be the user.
        clean([SESSION])
        this.#forget()
      },
      (/** @type {unknown} */ thrown) => {
        if (thrown instanceof Failure && (thrown.code === 'SIGNED_OUT' || thrown.code === 'SESSION_ENDED')) this.#connection = null
        else this.#forget()
        throw thrown
      },
    )
    return this.#connection
  }

  #forget() {
    setTimeout(() => {
      if (arrival === this) arrival = null
    }, REMEMBERED)
  }
}

/**
 * What this page is the end of: what the address says, where this tab has begun it.
 * @returns {Arrival | null}
 */
function read() {
  if (globalThis.location === undefined) return null
  const parameters = new URLSearchParams(location.search)
  const state = readState(parameters.get('state'))
  const begun = pending()
  if (state !== null) {
    if (begun?.challenge !== state.challenge) {
      // Whoever has begun it: another tab, or somebody who made the user follow a link, with a session of their own in it.
      clean([SESSION, 'code'])
      return new Arrival(state.provider, new Failure('SIGN_IN_NOT_BEGUN_HERE'))
    }
    const [refreshToken, code] = [parameters.get(SESSION), parameters.get('code')]
    return new Arrival(state.provider, failureOf(parameters), { refreshToken, code, begun, answered: true })
  }
  if (begun === null || begun.told) return null
  const { provider, failure, left } = begun
  if (failure !== null) return new Arrival(provider, new Failure(failure), { begun, answered: begun.challenge === '' })
  if (STATELESS.includes(parameters.get('error') ?? '')) return new Arrival(provider, failureOf(parameters), { begun })
  // The page was left, and is here again without an answer: by the back button, say.
  return left ? new Arrival(provider, new Failure('SIGN_IN_UNFINISHED'), { begun }) : null
}

// Read as early as can be: an app's router may soon have another address.
let arrival = read()

/** What came back to this page and is not settled yet. Takes its traces out of the address, and out of the tab's memory. */
export function arrived() {
  if (arrival !== null) {
    const { searchParams } = new URL(location.href)
    const ours = readState(searchParams.get('state')) !== null
    if (ours || STATELESS.includes(searchParams.get('error') ?? '')) clean([...ERRORS, ...(ours ? ['state', 'code'] : [])])
    const { begun, answered } = arrival
    if (begun !== null && pending()?.challenge === begun.challenge) answered ? forget() : tell(begun)
  }
  return arrival
}

/** @param {string[]} names */
function clean(names) {
  const page = new URL(location.href)
  if (!names.some((name) => page.searchParams.has(name))) return
  for (const name of names) page.searchParams.delete(name)
  history.replaceState(history.state, '', page)
}
