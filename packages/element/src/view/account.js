/** @import { Account } from '../types.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { Words } from '../words.js' */
import { nameOf } from '../providers.js'
import { h, setAttribute, setText, show } from './dom.js'

/**
 * Which account it is. Its picture and its name come first, and the provider's name and the address below. Where the account
 * isn't known the provider's name is the title.
 */
export class AccountLine {
  #provider
  #address = h('bdi')
  #separator = h('span', {}, ' · ')
  /** The address of the picture that is shown, or that can't be. @type {string | null} */
  #shown = null
  picture = h('span', { part: 'picture', hidden: '' })
  name = h('span', { part: 'name', dir: 'auto' })
  line

  /** @param {OAuthProvider} provider */
  constructor(provider) {
    this.#provider = provider
    this.name.id = `name-${provider}`
    this.line = h('div', { part: 'account', id: `account-${provider}` }, nameOf(provider), this.#separator, this.#address)
  }

  /** The ids of what names the row. */
  get labels() {
    return this.line.hidden ? this.name.id : `${this.name.id} ${this.line.id}`
  }

  /**
   * @param {Account | null} account
   * @param {boolean} avatars Whether pictures may be loaded, from the providers' own servers.
   * @param {Words} words
   */
  update(account, avatars, words) {
    const title = account === null ? nameOf(this.#provider) : (account.name ?? account.email ?? account.login ?? account.id)
    const address = account?.email ?? account?.login ?? null
    const more = address !== null && address !== title
    setText(this.name, title)
    setAttribute(this.name, 'title', account === null ? null : words.say('account', { account: title }))
    setText(this.#address, more ? address : '')
    show(this.#separator, more)
    show(this.line, account !== null)
    this.#draw(avatars ? https(account?.avatarUrl ?? null) : null)
  }

  /** @param {string | null} address */
  #draw(address) {
    if (address === this.#shown) return
    this.#shown = address
    this.picture.replaceChildren()
    show(this.picture, address !== null)
    if (address === null) return
    // Another site's: it learns nothing of this page, and is asked for when it comes into view.
    const image = h('img', { alt: '', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer', width: '24', height: '24' })
    image.addEventListener('error', () => this.#shown === address && show(this.picture, false))
    image.src = address
    this.picture.append(image)
  }
}

/** @param {string | null} address */
function https(address) {
  return address !== null && /^https:\/\//.test(address) ? address : null
}
