/** Reads the same thing one time after the other, never side by side: a later answer is never overtaken by an earlier one. */
export class Reads {
  #read
  /** @type {Promise<void>} */
  #current = Promise.resolve()
  /** @type {Promise<void> | null} */
  #next = null

  /** @param {() => Promise<void>} read Never fails. */
  constructor(read) {
    this.#read = read
  }

  /**
   * Reads again. What is under way may have been answered before the change that is looked for, so another read follows it;
   * one for all who ask meanwhile.
   * @returns {Promise<void>}
   */
  again() {
    if (this.#next !== null) return this.#next
    /** @type {Promise<void>} */
    const next = this.#current.then(() => {
      // Dropped meanwhile: what was asked for since takes its place.
      if (this.#next !== next) return this.last
      this.#next = null
      this.#current = this.#read()
      return this.#current
    })
    this.#next = next
    return next
  }

  /** The read that was asked for last. */
  get last() {
    return this.#next ?? this.#current
  }

  /** What is under way was asked for by another user, and is not waited for. */
  drop() {
    this.#current = Promise.resolve()
    this.#next = null
  }
}
