import type { Browser, BrowserContext, Page, Request } from 'playwright-core'

import { installClock } from '../../../tests/node/harness/clock.ts'

/** How long anything may take to be seen, in milliseconds. */
const LIMIT = 15_000

/** Somebody at a browser, who does what people do: looks and clicks. */
export class Person {
  readonly context: BrowserContext
  readonly page: Page
  readonly email: string
  /** What was sent to the GraphQL server, by the name of the field: `connectProvider`, `accessToken` … */
  readonly sent: string[] = []
  /** What the page complains of: what a policy has blocked, what React finds wrong, what nobody has caught. */
  readonly complaints: string[] = []

  private constructor(context: BrowserContext, page: Page, email: string) {
    this.context = context
    this.page = page
    this.email = email
  }

  static async arrive(browser: Browser, origin: string, email: string): Promise<Person> {
    const context = await browser.newContext({ baseURL: origin })
    context.setDefaultTimeout(LIMIT)
    await installClock(context)
    await context.addInitScript(countMounts)
    await context.addInitScript(markOverflows)
    const person = new Person(context, await context.newPage(), email)
    person.watch(person.page)
    await person.page.goto('/')
    return person
  }

  /** One more tab of the same browser. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage()
    this.watch(page)
    await page.goto('/')
    return page
  }

  watch(page: Page): void {
    page.on('request', (request) => this.sent.push(...fieldsOf(request)))
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      // Of the network's failures a test knows itself.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket|ERR_/.test(message.text())) this.complaints.push(message.text())
    })
  }

  /** Signs in by the button, and at the provider says yes. */
  async signIn(name: string, behaviour = 'usual'): Promise<void> {
    await this.page.getByRole('button', { name: `Sign in with ${name}` }).click()
    await this.consent(behaviour)
    await this.sees(`Connected ${name}.`)
  }

  /** As a button does: this tab remembers that a sign-in has begun. Its `state`. */
  async begins(provider: string): Promise<string> {
    const challenge = 'A'.repeat(43)
    await this.page.evaluate(
      ([provider, challenge]) => {
        const begun = { provider, verifier: challenge, challenge, page: location.href, at: Date.now(), left: false, failure: null, told: false }
        sessionStorage.setItem('provider-connection', JSON.stringify(begun))
      },
      [provider, challenge],
    )
    return `provider-connection.${provider}.${challenge}`
  }

  async consent(behaviour = 'usual', decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
    await this.page.getByLabel('Account', { exact: true }).fill(this.email)
    await this.page.getByLabel('How this grant behaves').selectOption(behaviour)
    await this.page.getByRole('button', { name: decision }).click()
  }

  async clicks(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click()
  }

  async sees(text: string | RegExp, page = this.page): Promise<void> {
    await page.getByText(text).first().waitFor()
  }

  async seesState(provider: string, state: string, page = this.page): Promise<void> {
    await page.locator(`[data-provider=${provider}][data-state=${state}]`).waitFor()
  }

  /** The texts and places of the buttons of the list, or of one provider's. */
  async buttons(provider?: string): Promise<[string | null, number, number, number, number][]> {
    const row = provider === undefined ? '' : `[data-provider=${provider}]`
    return await this.page
      .locator(`.accounts > li${row} button`)
      .evaluateAll((buttons) =>
        buttons.map((button) => {
          const { x, y, width, height } = button.getBoundingClientRect()
          return [button.textContent, x, y, width, height]
        }),
      )
  }

  times(field: string): number {
    return this.sent.filter((each) => each === field).length
  }

  /** How often effects were taken back. */
  async unmounts(): Promise<number> {
    return await this.page.evaluate(() => Number(document.documentElement.dataset['unmounts'] ?? 0))
  }
}

/** Every effect of the list's listens for this event, and stops to when it is taken back. */
function countMounts(): void {
  const remove = document.removeEventListener.bind(document)
  document.removeEventListener = (type: string, listener: EventListener) => {
    const { dataset } = document.documentElement
    if (type === 'visibilitychange') dataset['unmounts'] = String(Number(dataset['unmounts'] ?? 0) + 1)
    remove(type, listener)
  }
}

/** Longer waits than this are over at once in every browser, though not by the clock of the tests. */
function markOverflows(): void {
  window.setTimeout = new Proxy(window.setTimeout, {
    apply(target, self, wanted: unknown[]): unknown {
      if (Number(wanted[1]) > 2 ** 31 - 1) document.documentElement.dataset['overflow'] = 'seen'
      return Reflect.apply(target, self, wanted)
    },
  })
}

function fieldsOf(request: Request): string[] {
  const body = request.method() === 'POST' && request.url().endsWith('/graphql') ? (request.postData() ?? '') : ''
  return ['connectProvider', 'refreshProviderToken', 'disconnectProvider', 'accessToken(', 'providerConnections'].filter((field) => body.includes(field))
}
