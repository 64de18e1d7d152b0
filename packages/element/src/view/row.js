/** @import { Failure } from '../failure.js' */
/** @import { Note } from '../model.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { AccessGrant, Connection, RowState } from '../types.js' */
/** @import { Words } from '../words.js' */
import { nameOf } from '../providers.js'
import { Access } from './access.js'
import { AccountLine } from './account.js'
import { button, updateButton } from './button.js'
import { Confirm } from './confirm.js'
import { Details } from './details.js'
import { drawing, h, redraw, setAttribute, setText } from './dom.js'
import { glyph } from './glyph.js'
import { Message } from './message.js'
import { STATES } from './states.js'

/**
 * What a row can ask for.
 * @typedef {object} RowActions
 * @property {(provider: OAuthProvider) => void} signIn
 * @property {(provider: OAuthProvider) => void} refresh
 * @property {(provider: OAuthProvider) => void} disconnect
 * @property {(provider: OAuthProvider, clientId: string) => void} revoke
 * @property {() => Promise<void>} look What is shown needs more than is known.
 */

/**
 * @typedef {object} RowLooks
 * @property {RowState} state
 * @property {Connection | null} connection
 * @property {readonly AccessGrant[]} grants What apps may read of it.
 * @property {(clientId: string) => boolean} revoking Whether that of an app is being revoked.
 * @property {Note | null} note
 * @property {boolean} avatars Whether accounts' pictures may be loaded.
 * @property {boolean} known Whether the server has answered.
 * @property {boolean} signedIn
 */

/** One provider. Made once, and only what changes is touched: focus and selection stay. */
export class Row {
  #icon = drawing('')
  #state = h('span')
  #message = new Message()
  #account
  #details
  #access
  #confirm
  #buttons
  #card
  element

  /**
   * @param {OAuthProvider} provider
   * @param {RowActions} actions
   * @param {boolean} marked Whether its mark is loaded.
   */
  constructor(provider, actions, marked) {
    this.provider = provider
    this.#account = new AccountLine(provider)
    this.#details = new Details(() => void actions.look())
    this.#access = new Access(provider, (clientId) => actions.revoke(provider, clientId))
    this.#buttons = {
      connect: button('connect', () => actions.signIn(provider)),
      again: button('sign-in-again', () => actions.signIn(provider)),
      refresh: button('refresh', () => actions.refresh(provider)),
      disconnect: button('disconnect', () => this.#confirm.ask()),
    }
    this.#confirm = new Confirm(
      provider,
      () => actions.disconnect(provider),
      () => this.#buttons.disconnect.focus(),
    )
    const { connect, again, refresh, disconnect } = this.#buttons
    const { picture, name, line } = this.#account
    const title = h('div', { part: 'title' }, picture, name, h('span', { part: 'status' }, this.#icon, this.#state), line)
    this.#card = h('div', { part: 'card', role: 'group' })
    this.#card.append(h('div', { part: 'header' }, glyph(provider, marked), title), ...this.#message.elements)
    this.#card.append(h('div', { part: 'actions' }, connect, again, refresh, disconnect), this.#confirm.element, this.#access.element, this.#details.element)
    this.element = h('li', { part: 'provider', 'data-provider': provider }, this.#card)
  }

  /** Whether what happened lately is looked at. */
  get open() {
    return this.#details.open
  }

  /** Focuses the first thing that can be done. */
  focus() {
    Object.values(this.#buttons).find((one) => !one.hidden)?.focus()
  }

  /**
   * @param {RowLooks} looks
   * @param {Words} words
   */
  update(looks, words) {
    const { state, connection, note, known, signedIn } = looks
    const { provider } = this
    const { key, tone, path } = STATES[state]
    setAttribute(this.element, 'data-state', state)
    setAttribute(this.element, 'data-tone', tone)
    setAttribute(this.element, 'data-known', known ? null : 'no')
    redraw(this.#icon, path)
    setText(this.#state, words.say(key))
    this.#account.update(connection?.account ?? null, looks.avatars, words)
    setAttribute(this.#card, 'aria-labelledby', this.#account.labels)
    this.#message.update(provider, connection, state, note, words)
    this.#details.update(connection, nameOf(provider), words)
    this.#updateButtons(looks, words, note !== null && 'failure' in note ? note.failure : null, known && signedIn)
    this.#access.update(connection === null ? [] : looks.grants, looks.revoking, words)
    this.#confirm.update(
      {
        title: words.of('confirmTitle', provider),
        text: words.of('confirmText', provider),
        confirm: words.say('disconnect'),
        confirmName: words.of('confirmName', provider),
      },
      words,
    )
    setAttribute(this.element, 'data-signed-in', signedIn ? null : 'no')
    if (connection === null && this.#confirm.open) this.#confirm.close()
  }

  /**
   * @param {RowLooks} looks
   * @param {Words} words
   * @param {Failure | null} failure
   * @param {boolean} signedIn
   */
  #updateButtons({ state, connection, known }, words, failure, signedIn) {
    const { provider } = this
    const { connect, again, refresh, disconnect } = this.#buttons
    const busy = state === 'refreshing' || state === 'connecting' || state === 'disconnecting'
    const relink = connection === null && failure?.code === 'ALREADY_LINKED'
    const lost = state === 'sign-in-again'
    const allow = connection !== null && (state === 'needs-access' || failure?.code === 'INSUFFICIENT_SCOPE')
    const soon = state === 'ends-soon'
    updateButton(connect, {
      shown: known && connection === null && !relink,
      text: words.say(signedIn ? 'connect' : 'signIn'),
      name: words.of(signedIn ? 'connectName' : 'signInName', provider),
      busy,
    })
    if (busy && connection !== null) {
      // What was clicked stays where it is, and as it is, until it is done.
      for (const one of [again, refresh]) setAttribute(one, 'aria-disabled', 'true')
    } else {
      updateButton(again, {
        shown: lost || relink || allow || soon,
        text: words.say(relink ? 'signIn' : allow ? 'allow' : 'signInAgain'),
        name: words.of(relink ? 'signInName' : allow ? 'allowName' : 'signInAgainName', provider),
        busy,
      })
      const failing = state === 'failing'
      // One action for what is wrong.
      const shown = connection !== null && connection.refreshable && !lost && !allow && !soon
      updateButton(refresh, { shown, text: words.say(failing ? 'retry' : 'refresh'), name: words.of(failing ? 'retryName' : 'refreshName', provider), busy })
    }
    updateButton(disconnect, { shown: connection !== null, text: words.say('disconnect'), name: words.of('disconnectName', provider), busy })
  }
}
