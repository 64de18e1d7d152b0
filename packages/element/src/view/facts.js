/** @import { Words } from '../words.js' */
/** @import { Connection } from '../types.js' */
import { shortScope } from '../scopes.js'
import { h, setAttribute, setText, show } from './dom.js'

/** When the token ends, when it was last refreshed, when it was last used and by whom, and what it allows. */
export class Facts {
  #token = fact()
  #refreshed = fact()
  #used = fact()
  #reconnect = fact()
  #scopes = fact({ part: 'scopes', dir: 'auto' })
  element = h('dl', { part: 'facts' }, ...[this.#token, this.#refreshed, this.#used, this.#reconnect, this.#scopes].map((one) => one.element))

  /**
   * @param {Connection} connection
   * @param {Words} words
   */
  update(connection, words) {
    const { expiresAt, refreshedAt, lastUse, scopes } = connection
    this.#token.update(words.say('token'), tokenText(connection, words), expiresAt, words)
    this.#refreshed.update(words.say('refreshed'), refreshedAt === null ? words.say('never') : words.when(refreshedAt), refreshedAt, words)
    show(this.#refreshed.element, connection.refreshable || refreshedAt !== null)
    const used = lastUse === null ? words.say('never') : words.say('usedBy', { when: words.when(lastUse.at), actor: words.actor(lastUse.actor) })
    this.#used.update(words.say('used'), used, lastUse?.at ?? null, words)
    const { reconnectBy } = connection
    this.#reconnect.update(words.say('reconnectBy'), reconnectBy === null ? '' : words.day(reconnectBy), reconnectBy, words)
    show(this.#reconnect.element, reconnectBy !== null)
    this.#scopes.update(words.say('scopes'), scopes.map(shortScope).join(', '), null, words)
    setAttribute(this.#scopes.element, 'title', scopes.join(' '))
    show(this.#scopes.element, scopes.length > 0)
  }
}

/**
 * @param {Connection} connection
 * @param {Words} words
 */
function tokenText({ expiresAt, refreshable, status }, words) {
  if (expiresAt === null) return words.say('tokenEndless')
  const renewed = refreshable && status === 'ACTIVE'
  const when = words.when(expiresAt)
  const ends = renewed ? 'tokenEndsRenewed' : refreshable ? 'tokenEnds' : 'tokenEndsSignIn'
  if (expiresAt > words.now()) return words.say(ends, { when })
  return words.say(renewed ? 'tokenEndedRenewed' : 'tokenEnded', { when })
}

/** @param {Record<string, string>} [attributes] Of the value. */
function fact(attributes = {}) {
  const term = h('dt')
  const value = h('time')
  const element = h('div', {}, term, h('dd', attributes, value))
  return {
    element,
    /**
     * @param {string} name
     * @param {string} text
     * @param {number | null} at
     * @param {Words} words
     */
    update(name, text, at, words) {
      setText(term, name)
      setText(value, text)
      setAttribute(value, 'datetime', at === null ? null : new Date(at).toISOString())
      setAttribute(value, 'title', at === null ? null : words.exactly(at))
    },
  }
}
