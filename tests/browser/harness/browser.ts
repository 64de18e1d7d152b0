import { after } from 'node:test'

import { type Browser, type BrowserContext, chromium } from 'playwright-core'

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

/**
 * Closes a browser profile. Its routes end first: a handler that waits for an answer, or was never let go,
 * would otherwise fail on a page that is gone, after the test that it belongs to.
 */
export async function close(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' })
  await context.close()
}

after(async () => {
  await (await launched)?.close()
})
