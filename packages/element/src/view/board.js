/** @import { Model } from '../model.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { Words } from '../words.js' */
/** @import { RowState } from '../types.js' */
/** @import { RowActions } from './row.js' */
import { nameOf } from '../providers.js'
import { TRANSIENT } from '../signin.js'
import { button, updateButton } from './button.js'
import { h, setAttribute, setText, show } from './dom.js'
import { Empty } from './empty.js'
import { Row } from './row.js'
import { STATES } from './states.js'
import { sheet } from './styles.js'

/**
 * Which pictures may be loaded.
 * @typedef {object} Pictures
 * @property {boolean} avatars The accounts', from the providers' own servers.
 * @property {boolean} marks The providers', from beside this script.
 */

/** States in which there is a button to sign in. @type {readonly RowState[]} */
const WANTING = ['not-connected', 'connecting', 'sign-in-again', 'needs-access', 'ends-soon']

/** All that is shown: notices, and a row for each provider. */
export class Board {
  #root
  #actions
  #board
  #status = h('p', { part: 'announcement', role: 'status' })
  #alert = h('p', { role: 'alert' })
  #retry = button('retry', () => void this.#again())
  #trouble = h('div', { part: 'notice error' }, this.#alert, this.#retry)
  #notice = h('p', { part: 'notice' })
  #empty = new Empty(() => void this.#again())
  #known = h('p', { part: 'muted' })
  #list = h('ul', { part: 'list', role: 'list', tabindex: '-1' })
  #skeleton = h('div', { part: 'skeleton', 'aria-hidden': 'true' }, h('span'), h('span'), h('span'))
  /** @type {Map<OAuthProvider, Row>} */
  #rows = new Map()
  /** What was last shown of each, to say what is new. @type {Map<OAuthProvider, string>} */
  #told = new Map()
  #settled = false
  /** Whether the user has asked to look again, and there is no answer yet. */
  #looking = false

  /**
   * @param {ShadowRoot} root
   * @param {RowActions} actions
   */
  constructor(root, actions) {
    this.#root = root
    this.#actions = actions
    root.adoptedStyleSheets = [sheet()]
    this.#board = h('div', { part: 'board' }, this.#status, this.#trouble, this.#known, this.#notice, this.#empty.element, this.#skeleton, this.#list)
    root.append(this.#board)
  }

  /** Whether what happened lately is looked at somewhere. */
  get recent() {
    return [...this.#rows.values()].some((row) => row.open)
  }

  /**
   * @param {Model} model
   * @param {readonly OAuthProvider[]} listed In this order; none: those that are connected.
   * @param {boolean} waiting A sign-in came back, and the app has no session yet.
   * @param {Words} words
   * @param {Pictures} pictures
   */
  update(model, listed, waiting, words, { avatars, marks }) {
    const shown = this.#order(model, listed)
    const focused = this.#focused()
    this.#place(shown, marks)
    const known = model.phase !== 'loading'
    for (const provider of shown) {
      const connection = model.connection(provider)
      this.#rows.get(provider)?.update(
        {
          state: model.state(provider),
          connection,
          grants: model.access.of(provider),
          revoking: (clientId) => model.access.revoking(provider, clientId),
          note: model.note(provider),
          avatars,
          known,
          signedIn: model.phase === 'ready' || model.phase === 'loading',
        },
        words,
      )
    }
    // The texts may be in another language than the page.
    setAttribute(this.#board, 'lang', words.locale)
    setAttribute(this.#list, 'aria-label', words.say('list'))
    setAttribute(this.#list, 'aria-busy', known ? null : 'true')
    show(this.#skeleton, !known && shown.length === 0 && model.trouble === null)
    show(this.#list, shown.length > 0)
    // Beside others that want the user, or would be connected, "Connect" is not the one button to click.
    const wanting = shown.filter((provider) => WANTING.includes(model.state(provider)))
    setAttribute(this.#list, 'data-many', wanting.length > 1 ? '' : null)
    this.#notices(model, waiting, words)
    this.#empty.update(model, shown.length, this.#looking, words)
    this.#announce(model, shown, words)
    this.#keepFocus(focused)
  }

  /**
   * @param {Model} model
   * @param {readonly OAuthProvider[]} listed
   */
  #order(model, listed) {
    const connected = model.connections.map((one) => one.provider)
    return [...new Set([...(listed.length > 0 ? listed : connected), ...model.busy.keys(), ...model.notes.keys()])]
  }

  /**
   * @param {OAuthProvider[]} shown
   * @param {boolean} marks
   */
  #place(shown, marks) {
    for (const [provider, row] of this.#rows) {
      if (shown.includes(provider)) continue
      row.element.remove()
      this.#rows.delete(provider)
    }
    for (const [at, provider] of shown.entries()) {
      const row = this.#rows.get(provider) ?? new Row(provider, this.#actions, marks)
      this.#rows.set(provider, row)
      if (this.#list.children[at] !== row.element) this.#list.insertBefore(row.element, this.#list.children[at] ?? null)
    }
  }

  /** Looks again, as the user wants. That there is still no answer is said: nothing else changes. */
  async #again() {
    if (this.#looking) return
    this.#looking = true
    setText(this.#status, '')
    this.#busy()
    await this.#actions.look()
    this.#looking = false
    this.#busy()
    if (!this.#trouble.hidden) setText(this.#status, this.#alert.textContent ?? '')
  }

  #busy() {
    for (const one of [this.#retry, this.#empty.button]) setAttribute(one, 'aria-disabled', this.#looking ? 'true' : null)
  }

  /**
   * @param {Model} model
   * @param {boolean} waiting
   * @param {Words} words
   */
  #notices({ phase, trouble, seenAt }, waiting, words) {
    let alert = ''
    if (trouble !== null) alert = trouble.code === 'OFFLINE' ? words.say('offline') : words.failure(trouble, null)
    else if (phase === 'session-ended' && !waiting) alert = words.say('sessionEnded')
    let notice = ''
    if (waiting && phase !== 'ready') notice = words.say('waiting')
    else if (phase === 'signed-out') notice = words.say('signedOut')
    setText(this.#alert, alert)
    show(this.#trouble, alert !== '')
    const name = words.say('retry')
    updateButton(this.#retry, { shown: trouble !== null && TRANSIENT.includes(trouble.code), text: name, name, busy: this.#looking })
    const stale = trouble !== null && seenAt !== null
    // Apart from the alert: it is not said aloud again each minute.
    setText(this.#known, stale ? words.say('knownSince', { when: words.when(seenAt) }) : '')
    show(this.#known, stale)
    setText(this.#notice, notice)
    show(this.#notice, notice !== '')
  }

  /**
   * Says what has changed since it was last shown, once; nothing of the first sight.
   * @param {Model} model
   * @param {OAuthProvider[]} shown
   * @param {Words} words
   */
  #announce(model, shown, words) {
    const news = model.news.splice(0)
    const said = news.map(({ provider, note }) => {
      if ('failure' in note) return words.failure(note.failure, provider)
      return provider === null ? words.say(note.key) : words.of(note.key, provider)
    })
    for (const provider of shown) {
      const note = model.notes.get(provider)
      const state = model.state(provider)
      const told = `${state} ${note !== undefined && 'key' in note ? note.key : ''}`
      const last = this.#told.get(provider)
      this.#told.set(provider, told)
      if (!this.#settled || last === told || news.some((one) => one.provider === provider)) continue
      if (note !== undefined && 'key' in note) said.push(words.of(note.key, provider))
      else if (note === undefined) said.push(words.say('stateIs', { provider: nameOf(provider), state: words.say(STATES[state].key) }))
    }
    for (const provider of this.#told.keys()) if (!shown.includes(provider)) this.#told.delete(provider)
    const before = this.#settled
    this.#settled = model.phase !== 'loading'
    if (said.length > 0) setText(this.#status, said.join(' '))
    else if (!this.#settled && model.trouble === null) setText(this.#status, words.say('loading'))
    else if (before !== this.#settled) setText(this.#status, '')
  }

  #focused() {
    const { activeElement } = this.#root
    const row = [...this.#rows.values()].find((one) => one.element.contains(activeElement))
    return activeElement === null ? null : { activeElement, row }
  }

  /**
   * Where what had the focus is gone, what is nearest to it gets it.
   * @param {{ activeElement: Element, row: Row | undefined } | null} focused
   */
  #keepFocus(focused) {
    if (focused === null) return
    const { activeElement, row } = focused
    if (activeElement.isConnected && activeElement.closest('[hidden]') === null) return
    if (row !== undefined && row.element.isConnected) row.focus()
    else this.#list.focus()
  }
}
