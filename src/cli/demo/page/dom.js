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

/**
 * Changes a text only if it is another: a live region would be read again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** @param {Element} element @param {string} name @param {boolean} on */
export function setFlag(element, name, on) {
  if (element.hasAttribute(name) !== on) element.toggleAttribute(name, on)
}
