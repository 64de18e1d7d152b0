import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'

import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'

import { Demo } from './harness/demo.ts'
import { Visit, startBrowser } from './harness/visit.ts'

declare global {
  interface Window {
    axe: { run: (options: { exclude?: string[] }) => Promise<AxeResults> }
  }
}

/** What axe finds, but for the inside of GraphiQL, which is not ours. */
async function violations(page: Page): Promise<string[]> {
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  await page.evaluate(axe)
  const results = await page.evaluate(() => window.axe.run({ exclude: ['.graphiql-container'] }))
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

describe('what is ours of the bundled page', () => {
  let browser: Browser
  let demo: Demo
  before(async () => {
    ;[browser, demo] = await Promise.all([startBrowser(), Demo.start()])
  })
  after(async () => {
    await browser.close()
    await demo.stop()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has nothing that axe complains of, ${colorScheme}`, async () => {
      const { page } = await Visit.start(browser, demo, { colorScheme })
      assert.deepEqual(await violations(page), [])
    })
  }

  it('fits a screen of 320 px', async () => {
    const { page } = await Visit.start(browser, demo, { viewport: { width: 320, height: 640 } })
    const header = await page.locator('.house').boundingBox()
    assert.ok(header !== null && header.width <= 320)
    const overflow = await page.locator('.house').evaluate((house) => house.scrollWidth - house.clientWidth)
    assert.equal(overflow, 0)
  })
})
