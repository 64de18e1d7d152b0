/** @import { Words } from '../words.js' */
import { button, updateButton } from './button.js'
import { h, setText, show } from './dom.js'

/** Asks before something is ended, and says what that means. */
export class Confirm {
  #title
  #text
  #confirm
  #cancel
  #closed
  element

  /**
   * @param {string} id Tells it from the others.
   * @param {() => void} confirmed
   * @param {() => void} closed Called where the focus is to go back to what opened it.
   */
  constructor(id, confirmed, closed) {
    const [title, text] = [`title-${id}`, `text-${id}`]
    this.#title = h('strong', { id: title })
    this.#text = h('p', { id: text })
    this.#closed = closed
    this.#confirm = button('confirm', () => {
      show(this.element, false)
      confirmed()
    })
    this.#cancel = button('cancel', () => this.close())
    this.element = h('div', { part: 'confirmation', role: 'alertdialog', 'aria-labelledby': title, 'aria-describedby': text, hidden: '' }, this.#title, this.#text)
    this.element.append(h('div', { part: 'actions' }, this.#cancel, this.#confirm))
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      this.close()
    })
  }

  get open() {
    return !this.element.hidden
  }

  /** Shows it, with the focus on what does no harm. */
  ask() {
    show(this.element, true)
    this.#cancel.focus()
  }

  close() {
    show(this.element, false)
    this.#closed()
  }

  /**
   * @param {{ title: string, text: string, confirm: string, confirmName: string }} texts
   * @param {Words} words
   */
  update({ title, text, confirm, confirmName }, words) {
    setText(this.#title, title)
    setText(this.#text, text)
    updateButton(this.#cancel, { shown: true, text: words.say('cancel'), name: words.say('cancel'), busy: false })
    updateButton(this.#confirm, { shown: true, text: confirm, name: confirmName, busy: false })
  }
}
