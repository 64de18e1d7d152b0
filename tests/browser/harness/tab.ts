import assert from 'node:assert/strict'

import type { BrowserContext, Locator, Page, Request, WebSocket } from 'playwright-core'

import { intercept } from './browser.ts'

/** What a row of the element says of a connection. */
export type State =
  | 'connected'
  | 'needs-access'
  | 'ends-soon'
  | 'refreshing'
  | 'failing'
  | 'sign-in-again'
  | 'not-connected'
  | 'connecting'
  | 'disconnecting'

export type Action = 'connect' | 'refresh' | 'disconnect' | 'sign-in-again' | 'confirm' | 'cancel' | 'revoke' | 'retry'

/** How long the browser may take to show what is promised, in milliseconds: far more than it needs, for machines that are busy. */
export const PATIENCE = 60_000

/** A GraphQL operation that the page has sent. */
interface Sent {
  query: string
  authorization: string | undefined
}

/** A tab with the app in it. Any error in it that was not foretold fails the test. */
export class Tab {
  readonly page: Page
  readonly #origin: string
  readonly #faults: string[] = []
  readonly #foretold: RegExp[] = []
  readonly sent: Sent[] = []
  readonly #sockets = new Set<WebSocket>()
  /** What came over them, as text. */
  readonly heard: string[] = []

  private constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
  }

  static async open(context: BrowserContext, origin: string): Promise<Tab> {
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    const tab = new Tab(page, origin)
    page.on('pageerror', (error) => tab.#fault(`uncaught: ${error.message}`))
    page.on('console', (message) => {
      // A browser asks every site for an icon; the provider's page has none.
      const icon = message.location().url.endsWith('/favicon.ico')
      // Simulated accounts have a picture at an address that the app's policy doesn't allow.
      const picture = `${message.text()} ${message.location().url}`.includes('https://avatars.example.com/')
      if (message.type() === 'error' && !icon && !picture) tab.#fault(`console: ${message.text()} ${message.location().url}`)
    })
    page.on('request', (request) => tab.#note(request))
    page.on('websocket', (socket) => {
      tab.#sockets.add(socket)
      socket.on('framereceived', ({ payload }) => tab.heard.push(payload.toString()))
      socket.on('close', () => tab.#sockets.delete(socket))
    })
    // esbuild wraps every named function in a helper of its own, which no page has.
    await page.addInitScript('globalThis.__name = (named) => named')
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`the policy's ${event.effectiveDirective} forbids ${event.blockedURI} ${event.sample}`)
      })
    })
    return tab
  }

  #fault(text: string): void {
    if (!this.#foretold.some((pattern) => pattern.test(text))) this.#faults.push(text)
  }

  #note(request: Request): void {
    if (request.method() !== 'POST' || !new URL(request.url()).pathname.endsWith('/graphql')) return
    this.sent.push({ query: request.postData() ?? '', authorization: request.headers()['authorization'] })
  }

  /** From here on an error like this is part of the story. */
  foretell(...patterns: RegExp[]): void {
    this.#foretold.push(...patterns)
  }

  /** The app's page; with a refresh token as Nhost Auth sends the browser back with it. */
  async visit(refreshToken?: string, query: Record<string, string> = {}): Promise<void> {
    await this.#leave()
    const parameters = new URLSearchParams({ ...query, ...(refreshToken === undefined ? {} : { refreshToken }) })
    await this.page.goto(`${this.#origin}/${parameters.size > 0 ? `?${parameters}` : ''}`)
  }

  /** Waits until the app has the answers that leaving the page would lose. */
  async #leave(): Promise<void> {
    await this.page.evaluate(async () => {
      if ('app' in window) await window.app.leave()
    })
  }

  /** Until the connections are known, "not connected" is a place that is kept and not what is shown. */
  row(provider: string, state?: State): Locator {
    const known = state === 'not-connected' ? ':not([data-known=no])' : ''
    const suffix = state === undefined ? '' : `[data-state=${state}]${known}`
    return this.page.locator(`provider-connections [part~=provider][data-provider=${provider}]${suffix}`)
  }

  /** Waits until the element shows the provider like this. */
  async sees(provider: string, state: State): Promise<void> {
    try {
      await this.row(provider, state).first().waitFor()
    } catch {
      // The text is in the shadow root: the element itself has none.
      const shown = await this.page.locator('provider-connections [part=board]').allInnerTexts()
      const states = await this.row(provider).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))
      assert.fail(`${provider} is not shown as ${state} but as [${states.join()}]; the page has ${JSON.stringify(shown)} at ${this.page.url()}`)
    }
  }

  button(provider: string, action: Action): Locator {
    return this.row(provider).locator(`button[data-action=${action}]`)
  }

  async click(provider: string, action: Action): Promise<void> {
    await this.button(provider, action).first().click()
  }

  /**
   * Waits until the server has said the first word over a WebSocket, after which no change is missed.
   * Begin to wait before the page is opened.
   */
  async listens(): Promise<void> {
    const socket = await this.page.waitForEvent('websocket')
    await socket.waitForEvent('framereceived', ({ payload }) => payload.toString().includes('"next"'))
  }

  /** Addresses of the WebSockets that are open. */
  get sockets(): string[] {
    return [...this.#sockets].map((socket) => socket.url())
  }

  /** Waits until those that are open now are closed: the closing handshake takes a while. */
  async socketsClosed(): Promise<void> {
    await Promise.all([...this.#sockets].map(async (socket) => await socket.waitForEvent('close')))
  }

  /** Waits until nothing is under way for the provider. */
  async settled(provider: string): Promise<void> {
    const busy = ['refreshing', 'connecting', 'disconnecting'].map((state) => `:not([data-state=${state}])`).join('')
    await this.page.locator(`provider-connections [part~=provider][data-provider=${provider}]${busy}`).first().waitFor()
  }

  /** Has the elements look again. */
  async look(): Promise<void> {
    await this.page.evaluate(async () => {
      for (const element of document.querySelectorAll<Element & { refresh?: () => Promise<void> }>('provider-connections')) await element.refresh?.()
    })
  }

  /** Holds the page's GraphQL requests with this word back until what it answers is called. */
  async hold(word: string): Promise<() => void> {
    let open = () => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    await intercept(this.page, '**/graphql', async (route) => {
      if (route.request().postData()?.includes(word)) await opened
      await route.continue()
    })
    return () => open()
  }

  /** What the user does at the provider. */
  async consent(options: { account?: string; decision?: 'allow' | 'deny'; behaviour?: string } = {}): Promise<void> {
    if (options.account !== undefined) await this.page.locator('input[name=account]').fill(options.account)
    if (options.behaviour !== undefined) await this.page.locator('select[name=behaviour]').selectOption(options.behaviour)
    await this.page.locator(`button[value=${options.decision ?? 'allow'}]`).click()
    await this.page.waitForURL((url) => url.origin === this.#origin)
  }

  /** How many operations with this field the page has sent. */
  count(name: string): number {
    return this.sent.filter(({ query }) => query.includes(name)).length
  }

  /** The app's events of this type so far. */
  async events(type: string): Promise<Record<string, unknown>[]> {
    const events = await this.page.evaluate(() => window.app.events)
    return events.filter((event) => event.type === type).map((event) => event.detail)
  }

  /** Waits for an event of this type, which may have come already. */
  async event(type: string): Promise<Record<string, unknown>> {
    await this.page.waitForFunction((wanted) => window.app.events.some((event) => event.type === wanted), type)
    const [first] = await this.events(type)
    assert.ok(first)
    return first
  }

  /** Fails where something went wrong in this tab that nobody foretold. */
  assertNoFaults(): void {
    assert.deepEqual(this.#faults, [])
  }
}
