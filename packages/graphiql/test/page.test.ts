import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'

import type { Browser, Worker } from 'playwright-core'

import { Demo } from './harness/demo.ts'
import { Visit, startBrowser } from './harness/visit.ts'

describe('the bundled page in the demo', () => {
  let browser: Browser
  let demo: Demo
  before(async () => {
    ;[browser, demo] = await Promise.all([startBrowser(), Demo.start()])
  })
  after(async () => {
    await browser.close()
    await demo.stop()
  })

  it('runs an example with the JWT that is filled in, on its own host and within its policy', async () => {
    const visit = await Visit.start(browser, demo)
    const response = await visit.run('Connect', /"connectProvider"/)
    assert.match(response, /"provider": "google"/)
    assert.match(response, /"status": "ACTIVE"/)

    const elsewhere = visit.requests.filter((url) => !url.startsWith(demo.server) && !url.startsWith('data:'))
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(visit.complaints, [])
    // Each begins when the editor first wants it.
    for (const language of ['editor', 'graphql', 'json']) {
      const isIts = (worker: Worker) => worker.url().includes(`/graphiql/assets/${language}.worker-`)
      if (!visit.page.workers().some(isIts)) await visit.page.waitForEvent('worker', isIts)
    }
  })

  it('shows the documentation of the schema', async () => {
    const { page } = await Visit.start(browser, demo)
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const explorer = page.locator('.graphiql-doc-explorer')
    await explorer.getByText('Query', { exact: true }).click()
    await explorer.getByText('providerConnections', { exact: true }).click()
    assert.match(await explorer.innerText(), /\[ProviderConnection!\]!/)
  })

  it('keeps queries, and neither JWT nor provider token, when it is left', async () => {
    const visit = await Visit.start(browser, demo)
    const jwt = await visit.jwt()
    assert.match(jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    await visit.run('Connect', /"status"/)
    const response = await visit.run('Connections', /"accessToken"/)
    const token = /"accessToken":\s+"([^"]+)"/.exec(response)?.[1] ?? ''
    assert.ok(token.length > 10, response)
    // It is written half a second late.
    await visit.page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('"activeTabIndex":1'))
    const kept = await visit.kept()
    assert.match(kept, /minValidFor: 300/)
    for (const secret of [jwt, ...jwt.split('.').slice(1), token]) assert.ok(!kept.includes(secret), kept)

    await visit.page.reload()
    await visit.ready()
    assert.match(await visit.run('History', /"providerConnection"/), /"kind": "CONNECTED"/)
    for (const secret of [...jwt.split('.').slice(1), token]) assert.ok(!(await visit.kept()).includes(secret))
  })

  it('is light or dark as the browser asks, in the colours of the house', async () => {
    for (const [colorScheme, background, link, editor] of [
      ['light', 'rgb(245, 246, 248)', 'rgb(36, 88, 197)', 'rgb(255, 255, 255)'],
      ['dark', 'rgb(18, 21, 27)', 'rgb(143, 180, 255)', 'rgb(27, 31, 39)'],
    ] as const) {
      const { page } = await Visit.start(browser, demo, { colorScheme })
      const style = async (selector: string) =>
        await page.locator(selector).evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color])
      assert.equal((await style('body'))[0], background)
      assert.equal((await style('.house a'))[1], link)
      assert.equal((await style('.graphiql-container'))[0], editor)
    }
  })

  it('is in no frame', async () => {
    const graphiql = `${demo.server}graphiql`
    const other = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end(`<iframe src="${graphiql}"></iframe>`)
    })
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    assert.ok(address !== null && typeof address === 'object')
    const page = await browser.newPage()
    const answered = page.waitForResponse(graphiql)
    await page.goto(`http://127.0.0.1:${address.port}/`)
    assert.equal((await answered).status(), 200)
    assert.equal(page.frames()[1]?.url(), 'chrome-error://chromewebdata/')
    await page.close()
    other.close()
  })
})
