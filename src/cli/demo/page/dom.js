/** The element of this page with that id. @param {string} id */
export function byId(id) {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * A new element. All text goes in as text, never as HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | null>} [attributes] Null leaves one out.
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

/** What stands between texts: code, a link, the provider's name. */
const MARKS = /`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)|\{\}/g

/** A text with its marks as elements: see words.js. @param {string} text @returns {(Node | string)[]} */
export function marked(text) {
  const parts = []
  let end = 0
  for (const { 0: whole, 1: code, 2: link, 3: href = '', index } of text.matchAll(MARKS)) {
    parts.push(text.slice(end, index))
    parts.push(code !== undefined ? el('code', {}, code) : link !== undefined ? el('a', { href }, link) : el('span', { 'data-name': '' }))
    end = index + whole.length
  }
  return [...parts, text.slice(end)]
}

/**
 * Changes a text only if it is another: a live region would be read again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Good, bad, or neither (null). @param {Element} element @param {boolean | null} good */
export function setGood(element, good) {
  if (good === null) element.removeAttribute('data-ok')
  else element.setAttribute('data-ok', String(good))
}
