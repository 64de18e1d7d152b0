/** @import { Failure } from './failure.js' */
/** @import { OAuthProvider } from './providers.js' */
/** @import { Language, StringKey, Strings } from './strings/index.js' */
/** @import { Actor, ConnectionFailure } from './types.js' */
import { nameOf } from './providers.js'
import { isKey, languageOf, textOf } from './strings/index.js'

/** @type {Record<Actor, StringKey>} */
const ACTORS = { USER: 'actorUser', SERVICE: 'actorService', WORKER: 'actorWorker', CLIENT: 'actorClient' }

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
/** Moments nearer than this are "now": counting seconds is no news, and makes a page restless. */
const NOW = 45 * SECOND

/** Words in one language: texts, moments and failures. */
export class Words {
  /** @type {Partial<Strings>} */
  #own
  /** @type {Language} */
  #language
  #relative
  #absolute
  #date

  /**
   * @param {string} locale BCP 47.
   * @param {Partial<Strings>} own The app's own texts.
   * @param {() => number} now Milliseconds since 1970.
   */
  constructor(locale, own, now) {
    this.asked = locale
    const shipped = languageOf(locale)
    this.#own = own
    this.#language = shipped ?? 'en'
    this.now = now
    // English texts have English moments; the app's own texts those of their language.
    const translated = shipped !== undefined || Object.keys(own).length > 0
    this.locale = (translated ? known(locale) : null) ?? 'en'
    this.#relative = new Intl.RelativeTimeFormat(this.locale)
    this.#absolute = new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'short' })
    this.#date = new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium' })
  }

  /**
   * @param {StringKey} key
   * @param {Record<string, string>} [values]
   */
  say(key, values = {}) {
    return (this.#own[key] ?? textOf(key, this.#language)).replace(/\{(\w+)\}/g, (whole, /** @type {string} */ name) => values[name] ?? whole)
  }

  /**
   * @param {StringKey} key
   * @param {OAuthProvider} provider
   */
  of(key, provider) {
    return this.say(key, { provider: nameOf(provider) })
  }

  /**
   * "in 5 minutes", "2 hours ago".
   * @param {number} at Milliseconds since 1970.
   */
  when(at) {
    const span = at - this.now()
    const size = Math.abs(span)
    if (size < NOW) return this.say(span > 0 ? 'soon' : 'justNow')
    if (size < 59.5 * MINUTE) return this.#relative.format(Math.round(span / MINUTE), 'minute')
    if (size < 23.5 * HOUR) return this.#relative.format(Math.round(span / HOUR), 'hour')
    return this.#relative.format(Math.round(span / DAY), 'day')
  }

  /**
   * A date, for what is days away: "Feb 7, 2026".
   * @param {number} at Milliseconds since 1970.
   */
  day(at) {
    return this.#date.format(at)
  }

  /** @param {number} at Milliseconds since 1970. */
  exactly(at) {
    return this.#absolute.format(at)
  }

  /** @param {Actor} actor */
  actor(actor) {
    return this.say(ACTORS[actor])
  }

  /** @param {string} kind Of an event; one of a newer server has no word of its own. */
  event(kind) {
    const key = `event${kind}`
    return this.say(this.#has(key) ? key : 'eventOther')
  }

  /**
   * Why something failed and what to do, by its code. The server's own words are for codes that
   * have none here.
   * @param {Failure} failure
   * @param {OAuthProvider | null} provider Null: it is not about one.
   */
  failure(failure, provider) {
    const { requestId, retryAfter } = failure
    if (requestId !== null) return this.say('failRequest', { request: requestId })
    const code = provider === null && failure.code === 'UPSTREAM_UNAVAILABLE' ? 'OFFLINE' : failure.code
    const key = `fail${code}`
    const what = this.#has(key) ? this.say(key, { provider: provider === null ? '' : nameOf(provider) }) : failure.message
    if (retryAfter === null) return what
    return `${what} ${retryAfter * SECOND < NOW ? this.say('tryAgainSoon') : this.say('tryAgain', { when: this.when(this.now() + retryAfter * SECOND) })}`
  }

  /**
   * Why a refresh fails, by its code.
   * @param {ConnectionFailure} failure
   * @param {OAuthProvider} provider
   */
  failing({ code }, provider) {
    const key = `fail${code}`
    return this.of(this.#has(key) ? key : 'failINTERNAL', provider)
  }

  /**
   * @param {string} key
   * @returns {key is StringKey}
   */
  #has(key) {
    return Object.hasOwn(this.#own, key) || isKey(key)
  }
}

/**
 * @param {string} locale
 * @returns {string | null} Null where the browser does not know it, or where it is none.
 */
function known(locale) {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale])[0] ?? null
  } catch {
    return null
  }
}
