/** @import { Account } from '../types.js' */
/** @import { Words } from '../words.js' */
import { h, setAttribute, setText, show } from './dom.js'

/** Which account at the provider it is: a picture, or initials where there is none, and what people know it by. */
export class AccountLine {
  #picture = h('span', { part: 'picture', 'aria-hidden': 'true' })
  #name = h('span', { part: 'account-name', dir: 'auto' })
  element = h('div', { part: 'account' }, this.#picture, this.#name)
  /** What the picture shows: an address, or initials. */
  #shown = ''

  /**
   * @param {Account | null} account
   * @param {boolean} avatars Whether pictures may be loaded, from the providers' own servers.
   * @param {Words} words
   */
  update(account, avatars, words) {
    show(this.element, account !== null)
    if (account === null) return
    const { name, login, email, id } = account
    const address = email ?? login
    const text = name === null ? (address ?? id) : address === null ? name : `${name} (${address})`
    setText(this.#name, text)
    setAttribute(this.element, 'title', words.say('account', { account: text }))
    this.#draw(avatars ? https(account.avatarUrl) : null, initialsOf(name ?? login ?? email ?? ''))
  }

  /**
   * @param {string | null} address
   * @param {string} initials
   */
  #draw(address, initials) {
    const wanted = address ?? initials
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

/** @param {string | null} address */
function https(address) {
  return address !== null && /^https:\/\//.test(address) ? address : null
}

/** @param {string} name */
function initialsOf(name) {
  const [first = '', ...more] = name.split(/[\s._@-]+/).filter((part) => part !== '')
  return [first, more.length > 0 && !name.includes('@') ? (more.at(-1) ?? '') : ''].map((part) => [...part][0] ?? '').join('').toUpperCase()
}
