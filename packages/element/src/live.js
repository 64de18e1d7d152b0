/** @import { Session } from './session.js' */
import { field, parse, text } from './json.js'
import { CHANGED } from './operations.js'

const PROTOCOL = 'graphql-transport-ws'
/** The JWT was refused, or has expired: the next connection needs a new one. */
const REFUSED = [4401, 4403]
/** After so many milliseconds of silence it is asked whether anybody is there, and how long that may take. */
const SILENCE = 35_000
const PATIENCE = 15_000
/** Changes that come together are looked at together, in milliseconds. */
const TOGETHER = 60
/** Wait before another connection, in milliseconds: doubled each time, with jitter, so that not all pages come at once. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000

/**
 * Hears of changes over a WebSocket (graphql-transport-ws). A change says only that there is one: no
 * state comes this way.
 */
export class Live {
  #endpoint
  #session
  #changed
  #state
  /** @type {WebSocket | null} */
  #socket = null
  #wanted = false
  /** Whose changes are wanted. @type {string | null} */
  #user = null
  #connected = false
  #failures = 0
  #renew = false
  /** Grows with each connection: what an earlier one still says is not heard. */
  #attempt = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #together

  /**
   * @param {() => URL} endpoint Of GraphQL over HTTP; the socket is at the same.
   * @param {Session} session
   * @param {() => void} changed Something has changed, or may have.
   * @param {() => void} state Whether changes are heard of is another now.
   */
  constructor(endpoint, session, changed, state) {
    this.#endpoint = endpoint
    this.#session = session
    this.#changed = changed
    this.#state = state
  }

  /** Whether changes are heard of. */
  get connected() {
    return this.#connected
  }

  /** @param {string | null} user Whose changes; of another user than before over a connection of their own. */
  start(user) {
    if (this.#wanted && user === this.#user) return
    this.stop()
    this.#wanted = true
    this.#user = user
    this.#failures = 0
    void this.#connect()
  }

  stop() {
    this.#wanted = false
    clearTimeout(this.#retry)
    clearTimeout(this.#together)
    this.#together = undefined
    this.#drop()
  }

  async #connect() {
    const attempt = (this.#attempt += 1)
    const jwt = await (this.#renew ? this.#session.renew() : this.#session.jwt()).catch(() => null)
    if (attempt !== this.#attempt || !this.#wanted) return
    if (jwt === null) {
      this.#again()
      return
    }
    const url = this.#endpoint()
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    try {
      this.#listen(new WebSocket(url, PROTOCOL), jwt)
    } catch {
      // A page by https may not open an unencrypted socket.
      this.#again()
    }
  }

  /**
   * @param {WebSocket} socket
   * @param {string} jwt
   */
  #listen(socket, jwt) {
    this.#socket = socket
    this.#heard(socket)
    socket.addEventListener('open', () => {
      send(socket, { type: 'connection_init', payload: { authorization: `Bearer ${jwt}` } })
    })
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket) return
      this.#heard(socket)
      this.#message(socket, text(data) ?? '')
    })
    socket.addEventListener('close', ({ code }) => {
      if (socket !== this.#socket) return
      this.#renew = REFUSED.includes(code)
      this.#again()
    })
  }

  /**
   * @param {WebSocket} socket
   * @param {string} data
   */
  #message(socket, data) {
    const type = field(parse(data), 'type')
    if (type === 'connection_ack') send(socket, { id: '1', type: 'subscribe', payload: { query: CHANGED } })
    else if (type === 'ping') send(socket, { type: 'pong' })
    else if (type === 'next') this.#next(field(field(parse(data), 'payload'), 'errors') === undefined)
    else if (type === 'error' || type === 'complete') this.#again()
  }

  /** @param {boolean} well */
  #next(well) {
    if (!well) return
    this.#failures = 0
    this.#renew = false
    this.#is(true)
    this.#together ??= setTimeout(() => {
      this.#together = undefined
      this.#changed()
    }, TOGETHER)
  }

  /** @param {WebSocket} socket */
  #heard(socket) {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      send(socket, { type: 'ping' })
      this.#silence = setTimeout(() => this.#again(), PATIENCE)
    }, SILENCE)
  }

  /** This connection is no more: another one follows. */
  #again() {
    this.#drop()
    if (!this.#wanted) return
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT)
    this.#failures += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#connect(), wait * (0.5 + Math.random() / 2))
  }

  #drop() {
    this.#attempt += 1
    clearTimeout(this.#silence)
    const socket = this.#socket
    this.#socket = null
    socket?.close(1000)
    this.#is(false)
  }

  /** @param {boolean} connected */
  #is(connected) {
    if (this.#connected === connected) return
    this.#connected = connected
    this.#state()
  }
}

/**
 * @param {WebSocket} socket
 * @param {object} message
 */
function send(socket, message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}
