import { css } from './css.js'

/** @type {CSSStyleSheet | null} */
let made = null

/** One sheet for all elements of the page. A sheet that is made by script needs no `unsafe-inline`. */
export function sheet() {
  if (made === null) {
    made = new CSSStyleSheet()
    made.replaceSync(css)
  }
  return made
}
