import { JSDOM } from 'jsdom'

const { window } = new JSDOM('<!doctype html>', { url: 'https://app.example.com/', pretendToBeVisual: true })
const GLOBALS = ['AbortController', 'AbortSignal', 'Comment', 'DocumentFragment', 'Element', 'Event', 'HTMLElement', 'HTMLIFrameElement', 'HTMLInputElement']
const MORE = ['HTMLMediaElement', 'MathMLElement', 'Node', 'ShadowRoot', 'SVGElement', 'Text', 'document', 'navigator']

/**
 * Some frameworks look for a document once, when they are loaded: this is there until `noPage` is called, for those that
 * are imported after this file.
 */
Object.defineProperty(globalThis, 'document', { configurable: true, writable: true, value: window.document })

/** From here on there is no browser, as on a server. */
export function noPage(): void {
  Reflect.deleteProperty(globalThis, 'document')
}

/** A page in jsdom, in the place of a browser's globals until it is closed. */
export class Page {
  readonly root: Element
  /** What a framework complains of: differences that hydration has found, say. */
  readonly complaints: string[] = []
  readonly #restore: (() => void)[] = []

  constructor(html: string) {
    window.document.body.innerHTML = `<div id="root">${html}</div>`
    const root = window.document.querySelector('#root')
    if (root === null) throw new Error('the page has no #root')
    this.root = root
    this.#define('window', window)
    this.#define('IS_REACT_ACT_ENVIRONMENT', true)
    for (const name of [...GLOBALS, ...MORE]) this.#define(name, Reflect.get(window, name))
    for (const level of ['error', 'warn'] as const) {
      const before = console[level]
      console[level] = (...words: unknown[]) => void this.complaints.push(words.join(' '))
      this.#restore.push(() => (console[level] = before))
    }
  }

  close(): void {
    for (const restore of this.#restore.reverse()) restore()
  }

  #define(name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value })
    this.#restore.push(() => {
      if (before === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, before)
    })
  }
}
