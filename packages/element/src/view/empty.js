/** @import { Model } from '../model.js' */
/** @import { Words } from '../words.js' */
import { button, updateButton } from './button.js'
import { h, setText, show } from './dom.js'

/**
 * What is there while nothing is connected: where to begin. Without a list of `providers` that is up to the app, which may put
 * its own buttons into the slot.
 */
export class Empty {
  #title = h('strong')
  #text = h('p')
  #slot
  button
  element

  /** @param {() => void} look */
  constructor(look) {
    this.button = button('retry', look)
    this.#slot = h('slot', { name: 'empty' }, this.button)
    this.element = h('div', { part: 'empty' }, this.#title, this.#text, this.#slot)
  }

  /**
   * @param {Model} model
   * @param {number} rows How many providers are shown.
   * @param {boolean} looking Whether the user has asked to look again.
   * @param {Words} words
   */
  update({ phase, trouble, connections, busy, notes }, rows, looking, words) {
    show(this.element, phase === 'ready' && trouble === null && connections.length + busy.size + notes.size === 0 && rows !== 1)
    setText(this.#title, words.say('empty'))
    setText(this.#text, words.say(rows === 0 ? 'emptyText' : 'emptyChoose'))
    show(this.#slot, rows === 0)
    const name = words.say('checkAgain')
    updateButton(this.button, { shown: true, text: name, name, busy: looking })
  }
}
