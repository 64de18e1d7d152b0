/** @import { OAuthProvider } from './providers.js' */
import { webAddress } from './address.js'
import { Failure } from './failure.js'
import { isProvider } from './providers.js'

/** Marks the address that a sign-in comes back to. */
const MARK = 'provider-connection'
/** What Nhost Auth adds to the address where a sign-in failed. */
const ERRORS = ['error', 'errorDescription', 'provider_error', 'provider_error_description', 'provider_error_url']
/** Of a session; whose it is, the app. */
const SESSION = 'refreshToken'
/** How long elements that are made anew still join what has come back, in milliseconds. */
const REMEMBERED = 3000

/**
 * The address that a sign-in with the provider comes back to.
 * @param {string | null} redirectTo Null: this page.
 * @param {OAuthProvider} provider
 * @throws {Failure} `REDIRECT_REFUSED` where it is another site's.
 */
export function returnAddress(redirectTo, provider) {
  const page = webAddress(redirectTo ?? location.href, document.baseURI)
  if (page === null || page.origin !== location.origin) throw new Failure('REDIRECT_REFUSED')
  for (const name of [...ERRORS, SESSION]) page.searchParams.delete(name)
  page.searchParams.set(MARK, provider)
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
  if (error.endsWith('already-linked')) return new Failure('ALREADY_LINKED')
  if (error === 'disabled-endpoint') return new Failure('PROVIDER_NOT_ENABLED')
  if (error === 'disabled-user') return new Failure('USER_DISABLED')
  if (error === 'access_denied' || parameters.get('provider_error') === 'access_denied') return new Failure('SIGN_IN_CANCELLED')
  return new Failure('SIGN_IN_FAILED')
}

/** A sign-in that came back to this page. */
class Arrival {
  /** @type {Promise<void> | null} */
  #connection = null

  /**
   * @param {OAuthProvider} provider
   * @param {Failure | null} failure
   * @param {boolean} signedIn Whether it brought a session, and not only linked.
   */
  constructor(provider, failure, signedIn) {
    this.provider = provider
    this.failure = failure
    this.signedIn = signedIn
    if (failure !== null) this.#forget()
  }

  /**
   * Connects, once for the page: who asks meanwhile or afterwards gets the same. Where nobody is
   * signed in yet it can be asked again.
   * @param {() => Promise<void>} connect
   */
  connect(connect) {
    this.#connection ??= connect().then(
      () => this.#forget(),
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

/** @returns {Arrival | null} */
function read() {
  if (globalThis.location === undefined) return null
  const parameters = new URLSearchParams(location.search)
  const provider = parameters.get(MARK)
  return isProvider(provider) ? new Arrival(provider, failureOf(parameters), parameters.has(SESSION)) : null
}

// Read as early as can be: an app's router may soon have another address.
let arrival = read()

/** What came back to this page and is not settled yet. Takes its traces out of the address. */
export function arrived() {
  const page = new URL(location.href)
  if (page.searchParams.has(MARK)) {
    for (const name of [MARK, ...ERRORS]) page.searchParams.delete(name)
    history.replaceState(history.state, '', page)
  }
  return arrival
}
