const SVG = 'http://www.w3.org/2000/svg'

/**
 * An element with attributes and children. Text goes in as text: nothing here parses HTML.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/**
 * Sets a text where it is another, so that what does not change is not touched. A long address may break before its @ and
 * after each slash, which leaves no single letter on the last line.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent === text) return
  const [first = '', ...rest] = text.split(/(?<=\/)(?!\/)|(?=@)/)
  element.replaceChildren(first, ...rest.flatMap((part) => [h('wbr'), part]))
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value Null: without.
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/**
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown
}

/**
 * A drawing of lines in a square of 16.
 * @param {string} path
 */
export function drawing(path) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(SVG, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

/**
 * A filled mark in a square of 24.
 * @param {string} path
 */
export function mark(path) {
  const svg = drawing(path)
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'mark')
  return svg
}

/**
 * @param {SVGSVGElement} svg
 * @param {string} path
 */
export function redraw(svg, path) {
  const [line] = svg.children
  if (line !== undefined) setAttribute(line, 'd', path)
}
