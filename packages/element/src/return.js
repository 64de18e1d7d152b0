/** @import { Model } from './model.js' */
/** @import { OAuthProvider } from './providers.js' */
/** @import { SignIn } from './signin.js' */
import { arrived } from './arrival.js'
import { Failure } from './failure.js'
import { emptyHanded } from './pending.js'

/** How often the app is asked whether somebody is signed in now, in milliseconds. */
const ASK = 500
/** After so long it is asked seldom. */
const PATIENCE = 30_000
const SELDOM = 10_000

/**
 * A sign-in that left nothing for the second time: one more would, too. An older Nhost Auth can't read the session of a user
 * with two accounts of a provider, and answers that like any other fault.
 * @param {OAuthProvider} provider
 * @param {unknown} thrown
 */
function again(provider, thrown) {
  const empty = thrown instanceof Failure && thrown.code === 'PROVIDER_SESSION_NOT_FOUND'
  return empty && emptyHanded(provider, false) > 1 ? new Failure('PROVIDER_SESSION_MISSING_AGAIN') : thrown
}

/** Takes up a sign-in that came back to this page, once the app has a session. */
export class Return {
  #model
  #signIn
  /** @type {ReturnType<typeof arrived>} */
  #taken = null
  /** @type {(() => void) | null} */
  #wake = null
  #stopped = false
  /** Since when nobody is signed in, in milliseconds since 1970; null: not waiting. @type {number | null} */
  #since = null

  /**
   * @param {Model} model
   * @param {SignIn} signIn
   */
  constructor(model, signIn) {
    this.#model = model
    this.#signIn = signIn
  }

  /** Whether a sign-in came back, and the app has no session yet, but soon will. */
  get waiting() {
    return this.#since !== null && Date.now() - this.#since < PATIENCE
  }

  /** The app may have a session now. */
  wake() {
    this.#wake?.()
  }

  /** The element is gone; where it is put back, it starts over. */
  stop() {
    this.#stopped = true
    this.wake()
  }

  async start() {
    this.#stopped = false
    const arrival = arrived()
    if (arrival === null || arrival === this.#taken) return
    this.#taken = arrival
    const { provider, failure, signedIn } = arrival
    if (failure !== null) {
      if (failure.code === 'ALREADY_LINKED') this.#model.linked.add(provider)
      this.#model.fail(provider, failure)
      this.#model.host.changed()
      return
    }
    await this.#model.act(provider, 'connecting', async () => {
      const connect = async () => {
        const code = arrival.takeCode()
        if (code !== null) await this.#signIn.exchange(code)
        await this.#signIn.connect(provider, signedIn).catch((/** @type {unknown} */ thrown) => {
          throw again(provider, thrown)
        })
        emptyHanded(provider, true)
      }
      while (!(await this.#connected(() => arrival.connect(connect)))) {
        await this.#session()
        // Put back at once, as by a framework that moves it, it just goes on.
        if (this.#stopped) {
          this.#since = this.#taken = null
          return
        }
      }
      await this.#signIn.done(provider)
    })
  }

  /**
   * @param {() => Promise<void>} connect
   * @returns {Promise<boolean>} False: nobody is signed in.
   */
  async #connected(connect) {
    try {
      await connect()
    } catch (thrown) {
      const { code } = Failure.from(thrown)
      if (code !== 'SIGNED_OUT' && code !== 'SESSION_ENDED') throw thrown
      if (this.#since === null) {
        this.#since = Date.now()
        this.#model.host.changed()
      }
      return false
    }
    this.#since = null
    return true
  }

  /** Until the app may have a session. */
  async #session() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    await new Promise((resolve) => {
      timer = setTimeout(resolve, this.waiting ? ASK : SELDOM)
      this.#wake = () => resolve(undefined)
    })
    clearTimeout(timer)
  }
}
