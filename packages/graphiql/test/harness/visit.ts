import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from 'playwright-core'

import type { Demo } from './demo.ts'

/** Debian's browser; CHROMIUM names another. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/** The GraphiQL page of a demo in a browser without a past, and all that it asked for. */
export class Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Every URL that it or its workers asked for. */
  readonly requests: string[] = []
  /** What went wrong that the console tells of: what a policy blocked, what threw. */
  readonly complaints: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
  }

  static async start(browser: Browser, demo: Demo, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const visit = new Visit(context, page)
    context.on('request', (request) => visit.requests.push(request.url()))
    context.on('weberror', (error) => visit.complaints.push(String(error.error())))
    page.on('console', (message) => {
      // Monaco warns where it has to do without a worker.
      if (['error', 'warning'].includes(message.type())) visit.complaints.push(message.text())
    })
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)
      })
    })
    await page.goto(`${demo.server}graphiql`)
    await visit.ready()
    return visit
  }

  /** Until the schema is there: only then does GraphiQL know what an operation is. */
  async ready(): Promise<void> {
    await this.page.locator('.graphiql-query-editor .view-lines').waitFor()
    await this.page.locator('.graphiql-spinner').waitFor({ state: 'detached' })
  }

  /** Runs the operation of the tab with this title, and answers what the response editor then has. */
  async run(tab: string, until: RegExp): Promise<string> {
    await this.page.locator(`.graphiql-tab-button[title="${tab}"]`).click()
    for (let patience = 10; ; patience -= 1) {
      await this.page.locator('.graphiql-execute-button').click()
      try {
        return await this.response(until, 3000)
      } catch (thrown) {
        // GraphiQL learns some moments after the editor which operation there is to be run: until
        // then it asks for the one of the last tab, which is refused.
        if (patience === 0) throw thrown
      }
    }
  }

  /** The response, once it matches; `timeout` in milliseconds. */
  async response(until: RegExp, timeout = 30_000): Promise<string> {
    const editor = this.page.locator('.result-window')
    await editor.filter({ hasText: until }).waitFor({ timeout })
    return (await editor.innerText()).replaceAll('\u00a0', ' ')
  }

  /** The JWT that the server has filled in. */
  async jwt(): Promise<string> {
    const config = await this.page.locator('#config').textContent()
    return /"Bearer ([^"]+)"/.exec(config ?? '')?.[1] ?? ''
  }

  /** All that the browser would keep. */
  async kept(): Promise<string> {
    const storage = await this.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    return storage + JSON.stringify(await this.context.storageState({ indexedDB: true }))
  }
}
