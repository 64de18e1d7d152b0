/** @import { Note } from '../model.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { Connection, RowState } from '../types.js' */
/** @import { Words } from '../words.js' */
import { ended } from '../ends.js'
import { isCalm } from '../failure.js'
import { nameOf } from '../providers.js'
import { shortScope } from '../scopes.js'
import { h, setText, show } from './dom.js'

/**
 * What a row says besides its state: one thing at a time. What came of the last click comes first, then what lasts. Only what
 * went wrong is an alert; what the user did themselves is said calmly.
 */
export class Message {
  #summary = h('p', { part: 'summary' })
  #scopes = h('p', { part: 'scopes', dir: 'ltr' })
  #alert = h('p', { part: 'note error', role: 'alert' })
  #note = h('p', { part: 'note' })
  elements = [this.#alert, this.#note, this.#summary, this.#scopes]

  /**
   * @param {OAuthProvider} provider
   * @param {Connection | null} connection
   * @param {RowState} state
   * @param {Note | null} note
   * @param {Words} words
   */
  update(provider, connection, state, note, words) {
    const failure = note !== null && 'failure' in note ? note.failure : null
    const text = failure !== null ? words.failure(failure, provider) : note !== null && 'key' in note ? words.of(note.key, provider) : ''
    const wrong = failure !== null && !isCalm(failure)
    say(this.#alert, wrong ? text : '')
    say(this.#note, wrong ? '' : text)
    say(this.#summary, connection === null || text !== '' ? '' : summaryOf(connection, state, words))
    say(this.#scopes, state === 'needs-access' && text === '' ? (connection?.missingScopes.map(shortScope).join(', ') ?? '') : '')
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function say(element, text) {
  setText(element, text)
  show(element, text !== '')
}

/**
 * @param {Connection} connection
 * @param {RowState} state
 * @param {Words} words
 */
function summaryOf(connection, state, words) {
  const { provider, lastFailure, reconnectBy } = connection
  if (state === 'sign-in-again') return words.of(ended(connection, words.now()) ? 'whySignInAgainEnded' : 'whySignInAgain', provider)
  if (state === 'needs-access') return words.of('whyNeedsAccess', provider)
  if (state === 'ends-soon' && reconnectBy !== null) return words.say('whyEndsSoon', { provider: nameOf(provider), when: words.when(reconnectBy) })
  if (state !== 'failing' || lastFailure === null) return ''
  const { retryAt } = lastFailure
  const again = retryAt !== null && retryAt > words.now() ? words.say('retries', { when: words.when(retryAt) }) : words.say('retriesOnUse')
  return `${words.failing(lastFailure, provider)} ${again}`
}
