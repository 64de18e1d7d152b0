import type { Page } from 'playwright-core'

import { PATIENCE } from '../harness/tab.ts'

/** What a screen reader says of the element by itself, as it happens: `status: Google was refreshed.` */
export class Heard {
  readonly #said: string[] = []
  #look = (): void => undefined

  /** From now on; call it before the page is opened. */
  static async by(page: Page): Promise<Heard> {
    const heard = new Heard()
    await page.exposeFunction('heard', (line: string) => {
      heard.#said.push(line)
      heard.#look()
    })
    await page.addInitScript(observe)
    return heard
  }

  /** What was said since this was last asked. */
  since(): string[] {
    return this.#said.splice(0)
  }

  /** Waits until something that matches was said, and answers all that was said so far. */
  async until(pattern: RegExp, limit = PATIENCE): Promise<string[]> {
    return await new Promise((resolve, reject) => {
      const look = () => {
        if (!this.#said.some((line) => pattern.test(line))) return
        clearTimeout(timer)
        this.#look = () => undefined
        resolve(this.since())
      }
      const timer = setTimeout(() => reject(new Error(`nothing like ${pattern} was said: ${JSON.stringify(this.#said)}`)), limit)
      this.#look = look
      look()
    })
  }
}

// In the page: a live region is read out whenever its words change.
function observe(): void {
  const last = new WeakMap<Element, string>()
  const attach = Element.prototype.attachShadow
  Element.prototype.attachShadow = function (init) {
    const root = attach.call(this, init)
    const look = () => {
      for (const region of root.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
        const words = region.textContent?.replace(/\s+/gu, ' ').trim() ?? ''
        if (last.get(region) === words) continue
        last.set(region, words)
        if (words !== '') window.heard(`${region.getAttribute('role') ?? 'live'}: ${words}`)
      }
    }
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true, attributes: true })
    return root
  }
}

declare global {
  interface Window {
    heard(line: string): void
  }
}
