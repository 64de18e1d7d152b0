/** A finger's click may come so many milliseconds after it was lifted: the browser waits for a second tap. A mouse's comes at once. */
const TAP = 400
const ENDS = ['pointerup', 'click', 'pointercancel', 'contextmenu', 'blur']

/**
 * Whether a pointer is held down. A click goes to what is under the pointer both when it is pressed and when it is released:
 * a button that moves in between misses it.
 */
export class Press {
  #ended
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  held = false

  /** @param {() => void} ended It was released, and the click, if any, was heard. */
  constructor(ended) {
    this.#ended = ended
  }

  begin = (/** @type {PointerEvent} */ { button }) => {
    // The other buttons make no click.
    if (button === 0) this.#hold(true)
  }

  /** @param {boolean} held */
  #hold(held) {
    clearTimeout(this.#timer)
    this.held = held
    // At the window, and before the page's own listeners: the pointer may be anywhere by then.
    const change = held ? 'addEventListener' : 'removeEventListener'
    for (const type of ENDS) window[change](type, this.#end, true)
    window[change]('click', this.#over)
  }

  #over = () => {
    this.#hold(false)
    this.#ended()
  }

  #end = (/** @type {Event} */ { type, target }) => {
    // An element loses the focus with every press.
    if (type === 'blur' && target !== window) return
    clearTimeout(this.#timer)
    // After 0 milliseconds the page has heard the click, also where one of its listeners keeps it from coming back up to the window.
    this.#timer = setTimeout(this.#over, type === 'pointerup' ? TAP : 0)
  }
}
