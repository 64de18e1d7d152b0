/** @import { Strings } from './strings/index.js' */
/** @import { Exchange } from './signin.js' */
/** @import { JwtSource } from './types.js' */
import { disconnect, refresh } from './actions.js'
import { webAddress } from './address.js'
import { Live } from './live.js'
import { Model } from './model.js'
import { Press } from './press.js'
import { listed } from './providers.js'
import { Return } from './return.js'
import { Schedule } from './schedule.js'
import { PROVIDERS, scopesAttribute, scopesIn } from './scopes.js'
import { Session } from './session.js'
import { SignIn } from './signin.js'
import { Board } from './view/board.js'
import { Words } from './words.js'

/** How often moments are told anew, in milliseconds: "in 5 minutes" becomes "in 4 minutes". */
const TICK = 10_000

/**
 * `<provider-connections>`: a user's connections, what is wrong with them, and what can be done.
 */
export class ProviderConnectionsElement extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = [
    ...['endpoint', 'providers', 'locale', 'theme', 'redirect-to', 'link-endpoint', 'live', 'avatars', 'marks'],
    ...PROVIDERS.map(scopesAttribute),
  ]

  /** @type {() => number} */
  #now = Date.now
  /** @type {Partial<Strings>} */
  #strings = {}
  /** @type {Words | null} */
  #words = null
  /** @type {Board | null} */
  #board = null
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #tick
  #session = new Session(() => this.#now())
  #model = new Model(this.#session, {
    endpoint: () => this.#endpoint(),
    recent: () => this.#board?.recent ?? false,
    scopes: (provider) => scopesIn(this.getAttribute(scopesAttribute(provider))),
    changed: () => {
      this.#show()
      this.#listen()
    },
    dispatch: (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail, cancelable: type === 'signin' })),
    describe: (failure, provider) => this.#inWords().failure(failure, provider),
  })
  /** Of what is on the board: the user and the phase. */
  #shown = ''
  #press = new Press(() => this.#show())
  /** @type {Exchange | null} */
  #exchange = null
  #signIn = new SignIn(this.#model, {
    redirectTo: () => this.getAttribute('redirect-to'),
    linksByPost: () => this.hasAttribute('link-endpoint'),
    exchange: () => this.#exchange,
  })
  #return = new Return(this.#model, this.#signIn)
  #live = new Live(
    () => this.#endpoint(),
    this.#session,
    () => void this.refresh(),
    () => this.#listen(),
  )
  #schedule = new Schedule((why) => {
    if (why === 'back') this.#signIn.back()
    this.#listen()
    if (why !== 'hidden') void this.refresh()
  })

  /** Where the user's JWT comes from: the JWT, or better a function that answers one. */
  get jwt() {
    return this.#session.source
  }

  /** @param {JwtSource} source */
  set jwt(source) {
    if (source === this.#session.source) return
    this.#session.source = source
    this.#model.sessionChanged()
    this.#live.stop()
    this.#return.wake()
    void this.refresh()
  }

  /** Exchanges the code of a sign-in (PKCE) for the app's session; null: sign-ins bring a refresh token. */
  get exchange() {
    return this.#exchange
  }

  /** @param {Exchange | null} exchange */
  set exchange(exchange) {
    this.#exchange = exchange
  }

  /** Texts in place of those that are shipped. */
  get strings() {
    return this.#strings
  }

  /** @param {Partial<Strings>} strings */
  set strings(strings) {
    this.#strings = { ...strings }
    this.#words = null
    this.#show()
  }

  /** The clock: milliseconds since 1970. */
  get now() {
    return this.#now
  }

  /** @param {() => number} now */
  set now(now) {
    this.#now = now
    this.#show()
  }

  /** What is shown. There is no token in it. */
  get connections() {
    return this.#model.connections
  }

  connectedCallback() {
    this.#adopt()
    this.#board ??= new Board(this.shadowRoot ?? this.attachShadow({ mode: 'open' }), {
      signIn: (provider) => void this.#signIn.leave(provider),
      refresh: (provider) => void refresh(this.#model, provider),
      disconnect: (provider) => void disconnect(this.#model, provider),
      revoke: (provider, clientId) => void this.#model.access.revoke(provider, clientId),
      look: () => this.refresh(),
    })
    this.addEventListener('pointerdown', this.#press.begin)
    this.#schedule.start()
    this.#tick = setInterval(() => this.#show(), TICK)
    this.#show()
    void this.#return.start()
    // A property that is set right after the element was added counts.
    queueMicrotask(() => void this.refresh())
  }

  disconnectedCallback() {
    this.#schedule.stop()
    this.#live.stop()
    this.#return.stop()
    clearInterval(this.#tick)
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} value
   */
  attributeChangedCallback(name, before, value) {
    if (before === value) return
    if (name === 'endpoint') {
      this.#live.stop()
      this.#model.reset()
      void this.refresh()
    }
    // Only the server can tell which of them are missing.
    if (name.startsWith('scopes-')) void this.refresh()
    if (name === 'live') this.#listen()
    this.#show()
  }

  /** Looks again now. */
  async refresh() {
    if (this.isConnected) await this.#model.look()
  }

  /** Takes up what was set before the element was defined, and would hide the accessors. */
  #adopt() {
    for (const name of ['jwt', 'exchange', 'strings', 'now']) {
      const own = Object.getOwnPropertyDescriptor(this, name)
      if (own === undefined) continue
      Reflect.deleteProperty(this, name)
      Reflect.set(this, name, own.value)
    }
  }

  #endpoint() {
    return webAddress(this.getAttribute('endpoint') ?? '/graphql', document.baseURI) ?? new URL('/graphql', location.origin)
  }

  /** Hears of changes where that is wanted and can be; looks again and again where not. */
  #listen() {
    const { phase, trouble } = this.#model
    const wanted = this.isConnected && this.#schedule.visible && phase === 'ready' && this.getAttribute('live') !== 'off'
    if (wanted) this.#live.start(this.#model.user)
    else this.#live.stop()
    this.#schedule.poll(!this.#live.connected || trouble !== null)
  }

  #inWords() {
    const locale = this.getAttribute('locale') ?? this.closest('[lang]')?.getAttribute('lang') ?? navigator.language
    if (this.#words?.asked !== locale) this.#words = new Words(locale, this.#strings, () => this.#now())
    return this.#words
  }

  #show() {
    const shown = `${this.#model.phase} ${this.#model.user}`
    // While a pointer is down nothing moves under it. But nothing of another user's waits for that, nor is it clicked at.
    if (this.#press.held && shown === this.#shown) return
    this.#shown = shown
    const pictures = { avatars: this.getAttribute('avatars') !== 'off', marks: this.getAttribute('marks') !== 'off' }
    this.#board?.update(this.#model, listed(this.getAttribute('providers')), this.#return.waiting, this.#inWords(), pictures)
  }
}
