// Measures what the element costs a page, and how soon a change is on the screen. No test: nothing here can fail.
//   node --import tsx figures.ts
// Binaries as for the tests; a release build's by CARGO_TARGET_DIR with its binaries in `debug`.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

import type { Page } from 'playwright-core'

import { browser } from './harness/browser.ts'
import { Story } from './harness/story.ts'

const CHANGES = 50

/** Of a page's load, in milliseconds but for the shift: https://web.dev/articles/vitals. */
async function vitals(page: Page): Promise<{ firstPaint: number; largestPaint: number; blocked: number; shift: number }> {
  return await page.evaluate(async () => {
    const entries = async (type: string): Promise<PerformanceEntry[]> =>
      await new Promise((resolve) => {
        const observer = new PerformanceObserver((list) => resolve(list.getEntries()))
        observer.observe({ type, buffered: true })
        setTimeout(() => resolve([]), 500)
      })
    const value = (entry: PerformanceEntry) => ('value' in entry ? Number(entry.value) : 0)
    const [paints, largest, long, shifts] = [await entries('paint'), await entries('largest-contentful-paint'), await entries('longtask'), await entries('layout-shift')]
    return {
      firstPaint: paints.find(({ name }) => name === 'first-contentful-paint')?.startTime ?? NaN,
      largestPaint: largest.at(-1)?.startTime ?? NaN,
      blocked: long.reduce((sum, { duration }) => sum + duration - 50, 0),
      shift: shifts.reduce((sum, entry) => sum + value(entry), 0),
    }
  })
}

/** From when the server has answered the change until the row shows it, in milliseconds. */
async function latencies(story: Story): Promise<number[]> {
  const ada = await story.person('ada@example.com')
  const tab = await ada.tab()
  const listening = tab.listens()
  await tab.visit(await story.backend.session(ada.email))
  await listening
  await tab.sees('google', 'not-connected')
  // In the page, and by the same clock: asking for it from here would take longer than it does.
  await tab.page.evaluate(() => {
    const { dataset } = document.documentElement
    const row = document.querySelector('provider-connections')?.shadowRoot?.querySelector('[data-provider=google]')
    if (row) new MutationObserver(() => (dataset['shown'] = String(Date.now()))).observe(row, { attributeFilter: ['data-state'] })
  })
  const found: number[] = []
  for (let change = 0; change < CHANGES; change += 1) {
    const connects = change % 2 === 0
    if (connects) await story.backend.connected(ada.user, 'google')
    else await story.backend.ask(ada.user, 'mutation { disconnectProvider(provider: google) { id } }')
    const answered = Date.now()
    await tab.sees('google', connects ? 'connected' : 'not-connected')
    found.push((await tab.page.evaluate(() => Number(document.documentElement.dataset['shown']))) - answered)
  }
  return found.sort((one, other) => one - other)
}

const script = await readFile(new URL('../../packages/element/dist/provider-connections.js', import.meta.url))
console.log(`the element: ${script.length} bytes, ${gzipSync(script, { level: 9 }).length} gzipped`)

const story = await Story.begin({ page: { attributes: { providers: 'google github spotify' } } })
try {
  const [tab] = await story.visit('bob@example.com')
  await tab.sees('google', 'not-connected')
  console.log('a page with the element:', await vitals(tab.page))
  const times = await latencies(story)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]
  console.log(`from the answer to a change until it is on the screen elsewhere, ${CHANGES} changes: median ${at(0.5)} ms, 95 % ${at(0.95)} ms`)
} finally {
  await story.end()
  await (await browser()).close()
}
