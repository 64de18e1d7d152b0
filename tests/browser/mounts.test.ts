import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { PageOptions } from './harness/app.ts'
import { begun } from './harness/begun.ts'
import { story } from './harness/story.ts'
import { PATIENCE } from './harness/tab.ts'
import { installClock } from '../node/harness/clock.ts'

const attributes = { providers: 'google' }

const mounts: Record<string, PageOptions> = {
  'two elements': { attributes, elements: 2 },
  "an element that is put in, taken out and put in again, as React's StrictMode does": { attributes, strict: true },
  'two of these': { attributes, elements: 2, strict: true },
}

for (const [what, page] of Object.entries(mounts)) {
  test(
    `${what} connect once after a sign-in, and show the same`,
    story({ page }, async (story) => {
      const [tab] = await story.visit()
      await tab.click('google', 'connect')
      await tab.consent()
      await tab.sees('google', 'connected')
      await tab.page.waitForFunction(
        (elements) => window.app.events.filter(({ type }) => type === 'connected').length === elements,
        page.elements ?? 1,
      )
      assert.equal(await tab.row('google', 'connected').count(), page.elements ?? 1)
      assert.equal(tab.count('connectProvider'), 1)
      assert.deepEqual(await tab.events('failed'), [])
    }),
  )
}

test(
  'an element that is moved while it connects goes on where it is then',
  story({ page: { attributes } }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.signIn(ada.user, 'google')
    const tab = await ada.tab()
    const release = await tab.hold('connectProvider')
    await tab.visit(await story.backend.session(ada.email), { state: await begun(tab.page, 'google') })
    await tab.sees('google', 'connecting')
    await tab.page.evaluate(() => {
      const element = document.querySelector('provider-connections')
      if (element) document.querySelector('header')?.append(element)
    })
    release()
    await tab.page.locator('header').locator('[data-provider=google][data-state=connected]').waitFor()
    assert.equal(tab.count('connectProvider'), 1)
  }),
)

test(
  'an element that is taken out asks nothing any more; put back, it looks again',
  story({ page: { attributes } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    const listening = tab.listens()
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await listening
    await tab.sees('google', 'not-connected')
    const element = await tab.page.evaluateHandle(() => document.querySelector('provider-connections'))
    await element.evaluate((element) => element?.remove())
    const calls = tab.sent.length
    await tab.page.clock.fastForward('05:00')
    await ada.context.setOffline(true)
    await ada.context.setOffline(false)
    await tab.page.evaluate(() => dispatchEvent(new Event('online')))
    await tab.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await tab.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await tab.page.clock.fastForward('05:00')
    assert.equal(tab.sent.length, calls)
    await tab.socketsClosed()
    assert.deepEqual(tab.sockets, [])
    await story.backend.connected(ada.user, 'google')
    await element.evaluate((element) => element && document.querySelector('main')?.append(element))
    await tab.sees('google', 'connected')
  }),
)

test(
  'an element that is taken out for good is let go of: no timer, listener or socket holds it',
  story({ page: { attributes } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    const listening = tab.listens()
    await tab.visit(await story.backend.session(ada.email))
    await listening
    const held = await tab.page.evaluateHandle(() => {
      const element = document.querySelector('provider-connections')
      return element && new WeakRef(element)
    })
    await tab.page.evaluate(() => document.querySelector('provider-connections')?.remove())
    const since = performance.now()
    do {
      await tab.page.requestGC()
      assert.ok(performance.now() - since < PATIENCE, 'something still holds it')
    } while (await held.evaluate((held) => held?.deref() !== undefined))
    await tab.socketsClosed()
    assert.deepEqual(tab.sockets, [])
  }),
)

test(
  'the module that is loaded twice defines the element once',
  story({ page: { attributes } }, async (story) => {
    const { pages } = story.site
    const [index, module] = [pages.get('/'), pages.get('/provider-connections.js')]
    assert.ok(index && module)
    pages.set('/copy.js', module)
    pages.set('/', { ...index, body: index.body.replace('</head>', '<script type="module" src="/copy.js"></script></head>') })
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
  }),
)
