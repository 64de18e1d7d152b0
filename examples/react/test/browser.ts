import { after } from 'node:test'

import { type Browser, chromium } from 'playwright-core'

let browser: Promise<Browser> | undefined

/** One browser for all tests of a file: what people keep is apart in their contexts. `CHROMIUM` names another one. */
export async function launched(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  return await browser
}

after(async () => await (await browser)?.close())
