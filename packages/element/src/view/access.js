/** @import { AccessGrant } from '../types.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { Words } from '../words.js' */
import { nameOf } from '../providers.js'
import { button, updateButton } from './button.js'
import { Confirm } from './confirm.js'
import { h, setAttribute, setText, show } from './dom.js'

/** Which apps may read the access token, and a way to take that back. */
export class Access {
  #provider
  #revoke
  #title
  #list = h('ul')
  /** @type {Map<string, App>} */
  #apps = new Map()
  element

  /**
   * @param {OAuthProvider} provider
   * @param {(clientId: string) => void} revoke
   */
  constructor(provider, revoke) {
    this.#provider = provider
    this.#revoke = revoke
    this.#title = h('strong', { id: `access-${provider}` })
    this.#list.setAttribute('aria-labelledby', this.#title.id)
    this.element = h('div', { part: 'access' }, this.#title, this.#list)
  }

  /**
   * @param {readonly AccessGrant[]} grants Those of this provider.
   * @param {(clientId: string) => boolean} busy Whether it is being revoked.
   * @param {Words} words
   */
  update(grants, busy, words) {
    setText(this.#title, words.say('access'))
    show(this.element, grants.length > 0)
    for (const [clientId, app] of this.#apps) {
      if (grants.some((one) => one.clientId === clientId)) continue
      app.element.remove()
      this.#apps.delete(clientId)
    }
    for (const [at, grant] of grants.entries()) {
      const { clientId } = grant
      const app = this.#apps.get(clientId) ?? new App(this.#provider, clientId, () => this.#revoke(clientId))
      this.#apps.set(clientId, app)
      if (this.#list.children[at] !== app.element) this.#list.insertBefore(app.element, this.#list.children[at] ?? null)
      app.update(grant, busy(clientId), words)
    }
  }
}

/** Tells apps' dialogs apart: client ids may have anything in them. */
let number = 0

/** One app. */
class App {
  #used = h('time')
  #button
  #confirm
  element

  /**
   * @param {OAuthProvider} provider
   * @param {string} clientId
   * @param {() => void} revoke
   */
  constructor(provider, clientId, revoke) {
    this.provider = provider
    number += 1
    this.#button = button('revoke', () => this.#confirm.ask())
    this.#confirm = new Confirm(`${provider}-${number}`, revoke, () => this.#button.focus())
    const name = h('span', { part: 'app', dir: 'auto' })
    setText(name, clientId)
    this.element = h('li', { 'data-client': clientId }, h('div', {}, name, this.#used), this.#button, this.#confirm.element)
  }

  /**
   * @param {AccessGrant} grant
   * @param {boolean} busy
   * @param {Words} words
   */
  update({ clientId, lastUsedAt }, busy, words) {
    const { provider } = this
    const values = { app: clientId, provider: nameOf(provider) }
    setText(this.#used, lastUsedAt === null ? words.say('accessUnused') : words.say('accessUsed', { when: words.when(lastUsedAt) }))
    setAttribute(this.#used, 'datetime', lastUsedAt === null ? null : new Date(lastUsedAt).toISOString())
    setAttribute(this.#used, 'title', lastUsedAt === null ? null : words.exactly(lastUsedAt))
    updateButton(this.#button, { shown: true, text: words.say('revoke'), name: words.say('revokeName', values), busy })
    this.#confirm.update(
      {
        title: words.say('revokeTitle', values),
        text: words.say('revokeText', values),
        confirm: words.say('revoke'),
        confirmName: words.say('revokeConfirmName', values),
      },
      words,
    )
  }
}
