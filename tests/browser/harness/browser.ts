import { after } from 'node:test'

import { type Browser, chromium } from 'playwright-core'

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

after(async () => {
  await (await launched)?.close()
})
