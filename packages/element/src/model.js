/** @import { AccessGrant, Connection, Host, RowState } from './types.js' */
/** @import { OAuthProvider } from './providers.js' */
/** @import { Session } from './session.js' */
/** @import { StringKey } from './strings/index.js' */
import { Access, accessGrants } from './access.js'
import { connections, version } from './answer.js'
import { failedWith, Failure, isCalm } from './failure.js'
import { field } from './json.js'
import { Listing } from './listing.js'
import { Reads } from './reads.js'
import { PROVIDERS } from './scopes.js'
import { stateOf } from './state.js'

/** @typedef {'refreshing' | 'connecting' | 'disconnecting'} Busy */
/** @typedef {{ key: StringKey } | { failure: Failure }} Note What came of the last thing that was done with a provider. */
/** @typedef {'loading' | 'ready' | 'signed-out' | 'session-ended'} Phase */

/** What is known of the user's connections, and what can be done with them. */
export class Model {
  /** @type {readonly Connection[]} */
  connections = []
  /** What apps may read. @type {readonly AccessGrant[]} */
  grants = []
  access = new Access(this)
  /** @type {Phase} */
  phase = 'loading'
  /** Why the last look failed. @type {Failure | null} */
  trouble = null
  /** When the last look went well, in milliseconds since 1970. @type {number | null} */
  seenAt = null
  /** @type {Map<OAuthProvider, Busy>} */
  busy = new Map()
  /** @type {Map<OAuthProvider, Note>} */
  notes = new Map()
  /** Providers that this user has linked, as far as this page has seen. @type {Set<OAuthProvider>} */
  linked = new Set()
  /** What is to be said aloud once, and calmly. @type {{ provider: OAuthProvider | null, note: Note }[]} */
  news = []
  #looks = new Reads(() => this.#read())
  /** Whose connections they are: the `sub` of the JWT that they were asked for with. @type {string | null} */
  user = null
  #listing = new Listing()
  /** Whether the app was told of none yet. */
  #first = true
  /** Grows when another user or server is asked for: answers to earlier questions are dropped. */
  #epoch = 0

  /**
   * @param {Session} session
   * @param {Host} host
   */
  constructor(session, host) {
    this.session = session
    this.host = host
  }

  /** Looks again now; after the look that is under way, if there is one. */
  look() {
    return this.#looks.again()
  }

  /** Forgets everything: another server is asked, or another user asks. */
  reset() {
    this.#epoch += 1
    this.#listing.reset()
    this.#clear()
    this.phase = 'loading'
    this.trouble = null
    this.host.changed()
  }

  /** The JWT comes from elsewhere now: what is under way was asked for by another, and is not waited for. */
  sessionChanged() {
    this.#epoch += 1
    this.#looks.drop()
  }

  /**
   * Makes a call as the user. Where that is another one than the one whose connections are shown, these are forgotten before
   * anything is sent: the call may take long, or fail.
   * @template T
   * @param {(jwt: string, other: boolean) => Promise<T>} call Gets the JWT, and whether it is another user's.
   * @returns {Promise<T>}
   */
  as(call) {
    return this.session.as((jwt, user) => call(jwt, this.#become(user)))
  }

  /**
   * Whether the connections that are shown are still this user's: what came of a click concerns nobody else.
   * @param {string | null} user As `user` was before; null: it was not known yet whose they are.
   * @param {string | null} now
   */
  isStill(user, now = this.user) {
    return user === null || user === now
  }

  /**
   * @param {string | null} user
   * @returns {boolean} Whether it is another one than before.
   */
  #become(user) {
    const other = this.user !== null && user !== this.user
    if (other) {
      this.#epoch += 1
      this.session.userChanged()
      if (this.connections.length > 0) this.host.dispatch('changed', { connections: [] })
      this.#clear()
      this.news.length = 0
      if (this.phase === 'ready') this.phase = 'loading'
    }
    this.user = user
    if (other) this.host.changed()
    return other
  }

  async #read() {
    let epoch = this.#epoch
    try {
      const answer = await this.session.as(async (jwt, user) => {
        if (epoch === this.#epoch) {
          this.#become(user)
          epoch = this.#epoch
        }
        return await this.#listing.ask(this.host.endpoint(), jwt, this.host.recent(), [...new Set(PROVIDERS.flatMap(this.host.scopes))])
      })
      if (epoch !== this.#epoch) return
      this.grants = accessGrants(field(answer, 'providerAccessGrants'))
      this.#seen(connections(field(answer, 'providerConnections'), this.host.scopes))
    } catch (thrown) {
      if (epoch === this.#epoch) this.#unseen(Failure.from(thrown))
    }
    this.host.changed()
  }

  /** @param {Connection[]} found */
  #seen(found) {
    if (this.trouble !== null) {
      this.news.push({ provider: null, note: { key: 'online' } })
      for (const [provider, note] of this.notes) if (failedWith(note, 'OFFLINE')) this.notes.delete(provider)
    }
    this.trouble = null
    this.phase = 'ready'
    this.seenAt = this.session.now()
    for (const one of found) {
      this.linked.add(one.provider)
      // What went wrong before is no news where it has been mended since.
      if (!this.#first && one.status === 'ACTIVE' && version(one) !== version(this.connection(one.provider))) this.notes.delete(one.provider)
    }
    const same = JSON.stringify(found) === JSON.stringify(this.connections)
    this.connections = found
    if (!same || this.#first) this.host.dispatch('changed', { connections: found })
    this.#first = false
  }

  /** @param {Failure} failure */
  #unseen(failure) {
    if (failure.code === 'SIGNED_OUT' || failure.code === 'SESSION_ENDED') {
      const phase = failure.code === 'SIGNED_OUT' ? 'signed-out' : 'session-ended'
      if (this.connections.length > 0) this.host.dispatch('changed', { connections: [] })
      // What came of a sign-in is told before anybody is signed in, too.
      if (this.phase === 'ready') this.#clear()
      this.phase = phase
      this.trouble = null
      return
    }
    if (this.trouble?.code !== failure.code) this.#tell(failure, null)
    this.trouble = failure
  }

  #clear() {
    this.connections = []
    this.grants = []
    this.seenAt = null
    this.linked.clear()
    this.#first = true
    for (const provider of [...this.notes.keys()]) if (!this.busy.has(provider)) this.notes.delete(provider)
  }

  /** @param {OAuthProvider} provider */
  connection(provider) {
    return this.connections.find((one) => one.provider === provider) ?? null
  }

  /**
   * @param {OAuthProvider} provider
   * @returns {RowState}
   */
  state(provider) {
    return this.busy.get(provider) ?? stateOf(this.connection(provider), this.notes.get(provider), this.session.now())
  }

  /**
   * What came of the last thing that was done with a provider; null where there is nothing, or where it is said of everything.
   * @param {OAuthProvider} provider
   */
  note(provider) {
    const note = this.notes.get(provider)
    return note === undefined || (this.trouble !== null && failedWith(note, 'OFFLINE')) ? null : note
  }

  /**
   * Does one thing with a provider; nothing while another is under way.
   * @param {OAuthProvider} provider
   * @param {Busy} busy
   * @param {() => Promise<void>} work
   */
  async act(provider, busy, work) {
    if (this.busy.has(provider)) return
    const { user } = this
    this.busy.set(provider, busy)
    this.notes.delete(provider)
    this.host.changed()
    try {
      await work()
    } catch (thrown) {
      if (this.isStill(user)) this.fail(provider, Failure.from(thrown))
      await this.look()
    } finally {
      this.busy.delete(provider)
      this.host.changed()
    }
  }

  /**
   * @param {OAuthProvider} provider
   * @param {Failure} failure
   */
  fail(provider, failure) {
    this.notes.set(provider, { failure })
    if (isCalm(failure)) this.news.push({ provider, note: { failure } })
    this.#tell(failure, provider)
  }

  /**
   * @param {Failure} failure
   * @param {OAuthProvider | null} provider
   */
  #tell(failure, provider) {
    const { code, reauthenticationUrl } = failure
    const message = this.host.describe(failure, provider)
    this.host.dispatch('failed', {
      code,
      message,
      ...(provider === null ? {} : { provider }),
      ...(reauthenticationUrl === null ? {} : { reauthenticationUrl }),
    })
  }
}
