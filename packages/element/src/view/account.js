/** @import { Account } from '../types.js' */
/** @import { OAuthProvider } from '../providers.js' */
/** @import { Words } from '../words.js' */
import { nameOf } from '../providers.js'
import { h, setAttribute, setText, show } from './dom.js'

/**
 * Which account it is. Its name comes first, with its picture, or initials where there is none; the provider's below. Where the
 * account isn't known the provider's name is the title.
 */
export class AccountLine {
  #provider
  #picture = h('span', { part: 'picture', 'aria-hidden': 'true' })
  #address = h('span', { dir: 'auto' })
  /** What the picture shows: an address, or initials. */
  #shown = ''
  name = h('span', { part: 'name', dir: 'auto' })
  line

  /** @param {OAuthProvider} provider */
  constructor(provider) {
    this.#provider = provider
    this.name.id = `name-${provider}`
    this.line = h('div', { part: 'account', id: `account-${provider}` }, this.#picture, h('span', {}, nameOf(provider)), this.#address)
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
    show(this.line, account !== null)
    setText(this.name, account === null ? nameOf(this.#provider) : titleOf(account))
    setAttribute(this.name, 'title', account === null ? null : words.say('account', { account: titleOf(account) }))
    if (account === null) return
    const { name, login, email } = account
    const address = email ?? login
    setText(this.#address, address ?? '')
    show(this.#address, address !== null && address !== titleOf(account))
    this.#draw(avatars ? https(account.avatarUrl) : null, initialsOf(name ?? login ?? email ?? ''))
  }

  /**
   * @param {string | null} address
   * @param {string} initials
   */
  #draw(address, initials) {
    const wanted = address ?? initials
    show(this.#picture, wanted !== '')
    if (wanted === this.#shown) return
    this.#shown = wanted
    this.#picture.replaceChildren(initials)
    if (address === null) return
    // Another site's: it learns nothing of this page, and is asked for when it comes into view.
    const image = h('img', { alt: '', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer', width: '24', height: '24' })
    image.addEventListener('error', () => this.#shown === wanted && this.#picture.replaceChildren(initials))
    image.src = address
    this.#picture.replaceChildren(image)
  }
}

/** @param {Account} account */
const titleOf = ({ name, login, email, id }) => name ?? email ?? login ?? id

/** @param {string | null} address */
function https(address) {
  return address !== null && /^https:\/\//.test(address) ? address : null
}

/** @param {string} name */
function initialsOf(name) {
  const [first = '', ...more] = name.split(/[\s._@-]+/).filter((part) => part !== '')
  return [first, more.length > 0 && !name.includes('@') ? (more.at(-1) ?? '') : ''].map((part) => [...part][0] ?? '').join('').toUpperCase()
}
