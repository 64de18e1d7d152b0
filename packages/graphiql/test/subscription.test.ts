import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Browser } from 'playwright-core'

import { Demo } from './harness/demo.ts'
import { Visit, startBrowser } from './harness/visit.ts'

describe('a subscription in the bundled page', () => {
  let browser: Browser
  let demo: Demo
  before(async () => {
    ;[browser, demo] = await Promise.all([startBrowser(), Demo.start()])
  })
  after(async () => {
    await browser.close()
    await demo.stop()
  })

  it('goes over a WebSocket with the JWT of the header editor, and shows what changes elsewhere', async () => {
    const [watching, acting] = [await Visit.start(browser, demo), await Visit.start(browser, demo)]
    const sent: string[] = []
    watching.page.on('websocket', (socket) => {
      assert.equal(socket.url(), `${demo.server.replace(/^http/, 'ws')}graphql`)
      socket.on('framesent', ({ payload }) => sent.push(String(payload)))
    })
    // The first message of each stream names nothing.
    await watching.run('Changes', /"provider":\s*null/)
    await acting.run('Connect', /"status"/)
    // Only the newest change is shown, and the server looks the account up right after the connect.
    await watching.response(/"kind":\s*"(CONNECTED|ACCOUNT_READ)"/)
    const init = sent.find((payload) => payload.includes('connection_init'))
    assert.ok(init?.includes(`Bearer ${await watching.jwt()}`))
    assert.deepEqual(watching.complaints, [])
  })
})
