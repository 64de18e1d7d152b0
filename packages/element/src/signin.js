/** @import { Model } from './model.js' */
/** @import { OAuthProvider } from './providers.js' */
import { webAddress } from './address.js'
import { returnAddress } from './arrival.js'
import { linkAddress, request } from './client.js'
import { Failure } from './failure.js'
import { field, text } from './json.js'
import { CONNECT, signInUrl } from './operations.js'
import { begin, canHash, forget, keep, pending, stateOf } from './pending.js'
import { subject } from './session.js'

/** How long a JWT that links has to live yet, in milliseconds: the user may take a while at the provider. */
const CONSENT = 300_000
/** A page that is still here after so many milliseconds was not left: the user stopped it. */
const LEAVING = 15_000
/** How often connecting is tried after a sign-in while something is down. */
const ATTEMPTS = 4
/** The longest wait between two of them, in milliseconds. */
const LONGEST = 30_000

/** What may be gone a moment later. */
export const TRANSIENT = ['UPSTREAM_UNAVAILABLE', 'RATE_LIMITED', 'OFFLINE', 'INTERNAL']

/**
 * What the app says of its sign-ins.
 * @typedef {object} SignInOptions
 * @property {() => string | null} redirectTo Null: this page.
 * @property {() => boolean} linksByPost Whether Nhost Auth has `POST /link/provider/…`.
 * @property {() => Exchange | null} exchange Null: sign-ins bring a refresh token, and no code (PKCE).
 */

/**
 * Exchanges the code of a sign-in for a session, which the app keeps: nhost-js's `auth.tokenExchange`.
 * @typedef {(code: { code: string, codeVerifier: string }) => unknown} Exchange
 */

/** The way to Nhost Auth, and what makes a connection of a sign-in. */
export class SignIn {
  #model
  #options
  /** Ends the wait for the page to be left. @type {(() => void) | null} */
  #stay = null
  /** Signed in with, and not connected yet since something was down: another sign-in is not needed. @type {Set<OAuthProvider>} */
  #unfinished = new Set()
  /** Whose JWT connected last, or was to. @type {string | null} */
  #owner = null

  /**
   * @param {Model} model
   * @param {SignInOptions} options
   */
  constructor(model, options) {
    this.#model = model
    this.#options = options
  }

  /**
   * Leaves the page for a sign-in with the provider. Links it to the user who is signed in, unless it
   * is linked already: Nhost Auth refuses to link twice.
   * @param {OAuthProvider} provider
   */
  async leave(provider) {
    const model = this.#model
    const { user } = model
    // The provider asks again for what the user has refused. A connection that has ended is restored without: asking for a scope
    // that isn't set up is refused.
    const scopes = (model.state(provider) === 'needs-access' && model.connection(provider)?.missingScopes) || []
    await model.act(provider, 'connecting', async () => {
      if (this.#unfinished.has(provider) && (await this.#finished(provider, user))) return
      const redirectTo = returnAddress(this.#options.redirectTo())
      const answer = await request(model.host.endpoint(), null, signInUrl(scopes.length > 0), { provider, redirectTo, scopes })
      const address = webAddress(text(field(answer, 'url')))
      if (address === null) throw new Failure('INTERNAL')
      const jwt = model.linked.has(provider) ? null : await model.session.jwt(CONSENT)
      // Another user may have signed in since the click: nothing is linked to them.
      if (!model.isStill(user) || (jwt !== null && !model.isStill(user, subject(jwt)))) return await model.look()
      const begun = await begin(provider, returnAddress(null))
      const url = await this.#address(address, jwt, { redirectTo, state: stateOf(begun) }, begun.challenge)
      if (!model.host.dispatch('signin', { provider, url: url.href })) return
      keep({ ...begun, left: true })
      location.assign(url)
      if ((await this.#left()) && pending()?.challenge === begun.challenge) {
        forget()
        throw new Failure('SIGN_IN_UNFINISHED')
      }
    })
  }

  /**
   * Where the browser goes: to sign in, or to link for the user of the JWT.
   * @param {URL} url Of a sign-in.
   * @param {string | null} jwt
   * @param {{ redirectTo: string, state: string }} back
   * @param {string} challenge
   * @returns {Promise<URL>}
   */
  async #address(url, jwt, back, challenge) {
    // A cookie of this browser's says who links, so that an address that is passed on links nobody.
    if (jwt !== null && this.#options.linksByPost()) return await linkAddress(url, jwt, back)
    url.searchParams.set('state', back.state)
    if (jwt !== null) url.searchParams.set('connect', jwt)
    else if (this.#options.exchange() !== null && canHash()) url.searchParams.set('codeChallenge', challenge)
    return url
  }

  /**
   * Has the app exchange the code of a sign-in (PKCE) for its session.
   * @param {{ code: string, codeVerifier: string }} code
   */
  async exchange(code) {
    const exchange = this.#options.exchange()
    try {
      if (exchange === null) throw new Error('the element has no `exchange`')
      await exchange(code)
    } catch {
      throw new Failure('SIGN_IN_FAILED')
    }
  }

  /** The page is here again, by the back button. */
  back() {
    this.#stay?.()
  }

  /**
   * The page is being left: what is shown stays as it is until it is gone, or here again.
   * @returns {Promise<boolean>} Whether it is here again, by the back button; else the user may have stopped it.
   */
  async #left() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    const back = await new Promise((/** @type {(back: boolean) => void} */ resolve) => {
      timer = setTimeout(() => resolve(false), LEAVING)
      this.#stay = () => resolve(true)
    })
    clearTimeout(timer)
    return back
  }

  /**
   * Connects what an earlier sign-in has left at Nhost Auth.
   * @param {OAuthProvider} provider
   * @param {string | null} user Who clicked.
   * @returns {Promise<boolean>} False: there is nothing, it takes a new sign-in.
   */
  async #finished(provider, user) {
    try {
      await this.connect(provider, false, user)
    } catch (thrown) {
      if (Failure.from(thrown).code === 'PROVIDER_SESSION_NOT_FOUND') return false
      throw thrown
    }
    if (this.#model.isStill(user, this.#owner)) await this.done(provider)
    else await this.#model.look()
    return true
  }

  /**
   * Fetches what the sign-in has left at Nhost Auth, which holds it until it is fetched: while
   * something is down it is tried again.
   * @param {OAuthProvider} provider
   * @param {boolean} signedIn The sign-in has made a session: the JWT may be an earlier one, of another user.
   * @param {string | null} [user] Connects nothing for another user than this one.
   */
  async connect(provider, signedIn, user = null) {
    const { session, host } = this.#model
    const call = () =>
      this.#model.as(async (jwt) => {
        this.#owner = subject(jwt)
        if (this.#model.isStill(user, this.#owner)) await request(host.endpoint(), jwt, CONNECT, { provider })
      })
    let renewed = !signedIn
    for (let attempt = 1; ; attempt += 1) {
      try {
        await call()
        this.#unfinished.delete(provider)
        return
      } catch (thrown) {
        const { code, retryAfter } = Failure.from(thrown)
        if (code === 'PROVIDER_SESSION_NOT_FOUND') this.#unfinished.delete(provider)
        if (code === 'PROVIDER_SESSION_NOT_FOUND' && !renewed) {
          renewed = true
          await session.renew()
          continue
        }
        if (!TRANSIENT.includes(code)) throw thrown
        this.#unfinished.add(provider)
        if (attempt === ATTEMPTS) throw thrown
        const wait = Math.max((retryAfter ?? 0) * 1000, 1000 * 2 ** (attempt - 1))
        await new Promise((resolve) => setTimeout(resolve, Math.min(wait, LONGEST)))
      }
    }
  }

  /**
   * It is connected: shows it, and says so.
   * @param {OAuthProvider} provider
   */
  async done(provider) {
    const model = this.#model
    await model.look()
    if (!model.isStill(this.#owner)) return
    model.news.push({ provider, note: { key: 'wasConnected' } })
    model.host.dispatch('connected', { provider })
  }
}
