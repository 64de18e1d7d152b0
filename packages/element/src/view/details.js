/** @import { Words } from '../words.js' */
/** @import { Connection } from '../types.js' */
import { h, setText, show } from './dom.js'
import { Events } from './events.js'
import { Facts } from './facts.js'

/** What developers and the curious want to know, folded away: facts of the tokens, and what happened lately. */
export class Details {
  #summary = h('summary')
  #facts = new Facts()
  #events = new Events()
  element = h('details', { part: 'details' }, this.#summary, this.#facts.element, this.#events.element)

  /** @param {() => void} opened */
  constructor(opened) {
    this.element.addEventListener('toggle', () => this.element.open && opened())
  }

  /** Whether it is looked at. */
  get open() {
    return this.element.open && !this.element.hidden
  }

  /**
   * @param {Connection | null} connection
   * @param {string} name Of the account or the provider: a screen reader tells the buttons apart by it.
   * @param {Words} words
   */
  update(connection, name, words) {
    show(this.element, connection !== null)
    if (connection === null) return
    setText(this.#summary, words.say('details'))
    this.#summary.setAttribute('aria-label', words.say('stateIs', { provider: name, state: words.say('details') }))
    this.#facts.update(connection, words)
    this.#events.update(connection.events, words)
  }
}
