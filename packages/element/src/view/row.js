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
import { drawing, h, redraw, setAttribute, setText, show } from './dom.js'
import { Events } from './events.js'
import { Facts } from './facts.js'
import { glyph } from './glyph.js'
import { STATES } from './states.js'

/**
 * What a row can ask for.
 * @typedef {object} RowActions
 * @property {(provider: OAuthProvider) => void} signIn
 * @property {(provider: OAuthProvider) => void} refresh
 * @property {(provider: OAuthProvider) => void} disconnect
 * @property {(provider: OAuthProvider, clientId: string) => void} revoke
 * @property {() => void} look What is shown needs more than is known.
 */

/**
 * @typedef {object} RowLooks
 * @property {RowState} state
 * @property {Connection | null} connection
 * @property {readonly AccessGrant[]} grants What apps may read of it.
 * @property {(clientId: string) => boolean} revoking Whether that of an app is being revoked.
 * @property {Note | null} note
 * @property {boolean} ended Whether the access has ended, and only the user can renew it.
 * @property {boolean} avatars Whether accounts' pictures may be loaded.
 * @property {boolean} known Whether the server has answered.
 * @property {boolean} signedIn
 */

/** One provider. Made once, and only what changes is touched: focus and selection stay. */
export class Row {
  #icon = drawing('')
  #state = h('span')
  #summary = h('p', { part: 'summary' })
  #alert = h('p', { part: 'note error', role: 'alert' })
  #note = h('p', { part: 'note' })
  #facts = new Facts()
  #account = new AccountLine()
  #events
  #access
  #confirm
  #buttons
  element
  #group
  #title

  /**
   * @param {OAuthProvider} provider
   * @param {RowActions} actions
   * @param {boolean} marked Whether its mark is loaded.
   */
  constructor(provider, actions, marked) {
    this.provider = provider
    this.#events = new Events(actions.look)
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
    this.#title = h('span', { part: 'name', id: `name-${provider}` }, nameOf(provider))
    const status = h('span', { part: 'status' }, this.#icon, this.#state)
    const header = h('div', { part: 'header' }, glyph(provider, marked), h('div', { part: 'title' }, this.#title, status, this.#account.element))
    this.#group = h('div', { part: 'card', role: 'group', 'aria-labelledby': this.#title.id })
    this.#group.append(header, h('div', { part: 'actions' }, connect, again, refresh, disconnect))
    this.#group.append(this.#summary, this.#alert, this.#note, this.#facts.element, this.#confirm.element, this.#access.element, this.#events.element)
    this.element = h('li', { part: 'provider', 'data-provider': provider }, this.#group)
  }

  /** Whether what happened lately is looked at. */
  get open() {
    return this.#events.open && !this.#events.element.hidden
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
    const { state, connection, note, ended, known, signedIn } = looks
    const { provider } = this
    const { key, tone, path } = STATES[state]
    setAttribute(this.element, 'data-state', state)
    setAttribute(this.element, 'data-tone', tone)
    setAttribute(this.element, 'data-known', known ? null : 'no')
    redraw(this.#icon, path)
    setText(this.#state, words.say(key))

    const summary = connection === null ? '' : summaryOf(connection, state, ended, words)
    setText(this.#summary, summary)
    show(this.#summary, summary !== '')
    const failure = note !== null && 'failure' in note ? note.failure : null
    setText(this.#alert, failure === null ? '' : words.failure(failure, provider))
    show(this.#alert, failure !== null)
    setText(this.#note, note !== null && 'key' in note ? words.of(note.key, provider) : '')
    show(this.#note, note !== null && 'key' in note)

    show(this.#facts.element, connection !== null)
    if (connection !== null) this.#facts.update(connection, words)
    this.#account.update(connection?.account ?? null, looks.avatars, words)
    show(this.#events.element, connection !== null)
    this.#events.update(connection?.events ?? null, words)
    this.#updateButtons(looks, words, failure, known && signedIn)
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
    const more = connection !== null && failure?.code === 'INSUFFICIENT_SCOPE'
    const lost = state === 'sign-in-again' || (state === 'connecting' && connection !== null && !again.hidden)
    updateButton(connect, {
      shown: known && connection === null && !relink,
      text: words.say(signedIn ? 'connect' : 'signIn'),
      name: words.of(signedIn ? 'connectName' : 'signInName', provider),
      busy,
    })
    updateButton(again, {
      shown: lost || relink || more || state === 'ends-soon',
      text: words.say(relink ? 'signIn' : 'signInAgain'),
      name: words.of(relink ? 'signInName' : 'signInAgainName', provider),
      busy,
    })
    updateButton(refresh, {
      shown: connection !== null && connection.refreshable && !lost,
      text: words.say('refresh'),
      name: words.of('refreshName', provider),
      busy,
    })
    updateButton(disconnect, { shown: connection !== null, text: words.say('disconnect'), name: words.of('disconnectName', provider), busy })
  }
}

/**
 * @param {Connection} connection
 * @param {RowState} state
 * @param {boolean} ended
 * @param {Words} words
 */
function summaryOf({ provider, lastFailure, reconnectBy }, state, ended, words) {
  if (state === 'sign-in-again') return words.of(ended ? 'whySignInAgainEnded' : 'whySignInAgain', provider)
  if (state === 'ends-soon' && reconnectBy !== null) return words.say('whyEndsSoon', { provider: nameOf(provider), when: words.when(reconnectBy) })
  if (state !== 'failing' || lastFailure === null) return ''
  const why = words.failing(lastFailure, provider)
  const { retryAt } = lastFailure
  const again = retryAt !== null && retryAt > words.now() ? words.say('triedAgain', { when: words.when(retryAt) }) : words.say('triedAgainOnUse')
  return `${words.say('whyFailing', { when: words.when(lastFailure.at), why })} ${again}`
}
