import { h, setAttribute, setText, show } from './dom.js'

/** @typedef {'connect' | 'refresh' | 'disconnect' | 'sign-in-again' | 'confirm' | 'cancel' | 'revoke' | 'retry'} Action */

/**
 * A button. While it can't be used it stays in the tab order, so that the focus stays where it was. While it isn't shown a
 * click, which only a script can make then, does nothing: what it would do may rest on a list that isn't known yet.
 * @param {Action} action
 * @param {() => void} act
 */
export function button(action, act) {
  const element = h('button', { type: 'button', hidden: '', part: `button ${action}`, 'data-action': action })
  element.addEventListener('click', () => {
    if (!element.hidden && element.getAttribute('aria-disabled') !== 'true') act()
  })
  return element
}

/**
 * @param {HTMLButtonElement} element
 * @param {{ shown: boolean, text: string, name: string, busy: boolean }} looks `name` is what a screen reader says: it has the provider in it.
 */
export function updateButton(element, { shown, text, name, busy }) {
  setText(element, text)
  setAttribute(element, 'aria-label', name)
  setAttribute(element, 'aria-disabled', busy ? 'true' : null)
  show(element, shown)
}
