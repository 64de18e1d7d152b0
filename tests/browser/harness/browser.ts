import { after } from 'node:test'

import { type Browser, type BrowserContext, chromium, type Page, type Route } from 'playwright-core'

let launched: Promise<Browser> | undefined

/** The one browser of this process; CHROMIUM says where it is. */
export async function browser(): Promise<Browser> {
  launched ??= chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Its sandbox needs rights that root in a container has not.
    args: ['--no-sandbox'],
  })
  return await launched
}

const closing = new WeakSet<BrowserContext>()

/** Closes a browser profile. */
export async function close(context: BrowserContext): Promise<void> {
  closing.add(context)
  await context.close()
}

/**
 * Answers the page's requests by the handler. One that is still at it when its page goes fails, which is no fault of the
 * test's: nothing may be let go before, since a request that is held back would then get to the server.
 */
export async function intercept(page: Page, url: string, handler: (route: Route) => Promise<void>): Promise<void> {
  await page.route(url, async (route) => {
    try {
      await handler(route)
    } catch (error) {
      if (!closing.has(page.context())) throw error
    }
  })
}

after(async () => {
  await (await launched)?.close()
})
