import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'

const page = { attributes: { providers: 'google' } }

test(
  'the events tell the app what happened, and none holds a token',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
    assert.deepEqual(await tab.event('connected'), { provider: 'google' })
    await tab.click('google', 'refresh')
    assert.deepEqual(await tab.event('refreshed'), { provider: 'google' })
    await tab.settled('google')
    await story.backend.control('providers/google/outage', { down: true })
    await tab.page.evaluate(() => (window.app.events.length = 0))
    await tab.click('google', 'disconnect')
    await tab.click('google', 'confirm')
    assert.deepEqual(await tab.event('disconnected'), { provider: 'google' })
    await tab.click('google', 'connect')
    await tab.consent()
    assert.equal((await tab.event('failed'))['provider'], 'google')
    const all = await tab.page.evaluate(() => JSON.stringify(window.app.events))
    assert.doesNotMatch(all, /sim-at-|sim-rt-|eyJ/)
  }),
)

test(
  'changed carries the connections as the property has them, without tokens',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    await tab.sees('google', 'connected')
    const { connections } = await tab.event('changed')
    const property = await tab.page.evaluate(() => {
      const element: (Element & { connections?: unknown }) | null = document.querySelector('provider-connections')
      return JSON.stringify(element?.connections)
    })
    assert.deepEqual(JSON.parse(property), connections)
    assert.match(property, /"provider":"google"/)
    assert.doesNotMatch(property, /sim-at-|sim-rt-|eyJ|[tT]oken"/)
  }),
)

test(
  'an app that prevents the default of signin goes there itself',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    await tab.page.evaluate(() => (window.app.stays = true))
    await tab.click('google', 'connect')
    const { provider, url } = await tab.event('signin')
    assert.equal(provider, 'google')
    await tab.settled('google')
    assert.equal(tab.page.url(), `${story.site.origin}/`)
    await tab.page.goto(String(url))
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)

test(
  'the events stay with the element: nobody outside of it hears them',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    const bubbled = await tab.page.evaluate(() => {
      const element = document.querySelector('provider-connections')
      let heard = 0
      for (const type of ['changed', 'signin']) document.addEventListener(type, () => (heard += 1))
      window.app.stays = true
      element?.shadowRoot?.querySelector<HTMLElement>('button[data-action=connect]')?.click()
      return new Promise<number>((resolve) => element?.addEventListener('signin', () => setTimeout(() => resolve(heard), 0)))
    })
    assert.equal(bubbled, 0)
  }),
)
