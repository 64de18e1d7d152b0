/** @import { JwtSource } from './types.js' */
import { Failure } from './failure.js'
import { field, number, parse, text } from './json.js'

/** A JWT that ends within this many milliseconds is not sent any more. */
const MARGIN = 10_000
const RENEWABLE = ['jwt-expired', 'jwt-invalid', 'jwt-missing']

/** The user's session: gets the JWT for each call, and keeps none. */
export class Session {
  /** @type {JwtSource} */
  #source = null
  /** @type {Promise<string | null> | null} */
  #renewal = null
  /** Whether calls have asked for a new JWT since the last that went well: they ask for one once. */
  #renewed = false

  /** @param {() => number} now Milliseconds since 1970. */
  constructor(now) {
    this.now = now
  }

  get source() {
    return this.#source
  }

  set source(source) {
    this.#source = source
    this.userChanged()
  }

  /** Another user may be signed in now: their calls don't join a renewal that was begun for the one before. */
  userChanged() {
    this.#renewal = null
    this.#renewed = false
  }

  /**
   * The user's JWT, with a good while to live if there is one to be had.
   * @param {number} [margin] How long it has to live yet, in milliseconds.
   * @returns {Promise<string | null>}
   */
  async jwt(margin = MARGIN) {
    const jwt = await this.#ask(false)
    return jwt !== null && this.#ending(jwt, margin) && !this.#renewed ? await this.#once() : jwt
  }

  /**
   * A new JWT. Calls that are refused side by side ask for one.
   * @returns {Promise<string | null>}
   */
  renew() {
    if (this.#renewal !== null) return this.#renewal
    const renewal = this.#ask(true).finally(() => {
      if (this.#renewal === renewal) this.#renewal = null
    })
    this.#renewal = renewal
    return renewal
  }

  /** A new JWT for calls, which ask for no other until one goes well. */
  #once() {
    this.#renewed = true
    return this.renew()
  }

  /**
   * Makes a call as the user; where the JWT is refused, once more with a new one.
   * @template T
   * @param {(jwt: string, user: string | null) => Promise<T>} call Gets the JWT and its `sub`.
   * @returns {Promise<T>}
   * @throws {Failure} `SIGNED_OUT`, `SESSION_ENDED`, and what `call` throws.
   */
  async as(call) {
    const jwt = await this.jwt()
    if (jwt === null) throw new Failure('SIGNED_OUT')
    try {
      return this.#good(await call(jwt, subject(jwt)))
    } catch (thrown) {
      if (!refused(thrown)) throw thrown
    }
    // Asked for once; but one that is on its way already, or has come meanwhile, is as good.
    const renewed = await (this.#renewal ?? (this.#renewed ? this.#ask(false) : this.#once()))
    if (renewed === null || renewed === jwt) throw new Failure('SESSION_ENDED')
    try {
      return this.#good(await call(renewed, subject(renewed)))
    } catch (thrown) {
      throw refused(thrown) ? new Failure('SESSION_ENDED') : thrown
    }
  }

  /**
   * @template T
   * @param {T} answer
   */
  #good(answer) {
    this.#renewed = false
    return answer
  }

  /** @param {boolean} fresh */
  async #ask(fresh) {
    const source = this.#source
    try {
      const jwt = typeof source === 'function' ? await source({ fresh }) : source
      return typeof jwt === 'string' && jwt !== '' ? jwt : null
    } catch {
      // The app can't reach its own session right now.
      throw new Failure('OFFLINE')
    }
  }

  /**
   * @param {string} jwt
   * @param {number} margin
   */
  #ending(jwt, margin) {
    const end = expiry(jwt)
    return end !== null && end - this.now() < margin
  }
}

/** @param {unknown} thrown */
const refused = (thrown) => thrown instanceof Failure && thrown.code === 'UNAUTHENTICATED' && RENEWABLE.includes(thrown.reason ?? '')

/**
 * The claims of a JWT (RFC 7519), unverified: to know it from another, not to trust it.
 * @param {string} jwt
 */
function claims(jwt) {
  try {
    return parse(atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    return undefined
  }
}

/**
 * When it ends, in milliseconds since 1970; null where it does not say.
 * @param {string} jwt
 */
export function expiry(jwt) {
  const end = number(field(claims(jwt), 'exp'))
  return end === null ? null : end * 1000
}

/**
 * Whose it is.
 * @param {string} jwt
 */
export const subject = (jwt) => text(field(claims(jwt), 'sub'))
