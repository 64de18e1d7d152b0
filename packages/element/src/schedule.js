/** How often the page looks again where nothing tells it of changes, in milliseconds. */
const POLL = 10_000

/**
 * Says when to look again: at intervals, when the page is shown or comes back (also by the back
 * button), and when the network is back. Silent while the page is hidden.
 */
export class Schedule {
  #look
  /** @type {AbortController | null} */
  #running = null
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer
  #polling = true

  /** @param {(why: 'poll' | 'shown' | 'hidden' | 'online' | 'back') => void} look At `hidden` there is nothing to look at. */
  constructor(look) {
    this.#look = look
  }

  /** Whether the page is shown. */
  get visible() {
    return document.visibilityState === 'visible'
  }

  /** @param {boolean} on Off while something else tells of changes. */
  poll(on) {
    this.#polling = on
  }

  start() {
    if (this.#running !== null) return
    this.#running = new AbortController()
    const { signal } = this.#running
    document.addEventListener('visibilitychange', () => this.#look(this.visible ? 'shown' : 'hidden'), { signal })
    window.addEventListener('online', () => this.#look('online'), { signal })
    window.addEventListener('pageshow', (event) => event.persisted && this.#look('back'), { signal })
    this.#timer = setInterval(() => {
      if (this.#polling && this.visible) this.#look('poll')
    }, POLL)
  }

  stop() {
    this.#running?.abort()
    this.#running = null
    clearInterval(this.#timer)
  }
}
