import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FOREIGN } from './harness/foreign.ts'
import { story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google' } }

/** Clicks "connect" with this `redirect-to`; where the browser would come back to, or the code of the failure. */
async function comesBackTo(tab: Tab, redirectTo: string): Promise<string> {
  await tab.settled('google')
  // A button that isn't shown yet ignores clicks.
  await tab.button('google', 'connect').first().waitFor()
  await tab.page.evaluate((redirectTo) => {
    window.app.stays = true
    window.app.events.length = 0
    const element = document.querySelector('provider-connections')
    element?.setAttribute('redirect-to', redirectTo)
    element?.shadowRoot?.querySelector<HTMLElement>('button[data-action=connect]')?.click()
  }, redirectTo)
  await tab.page.waitForFunction(() => window.app.events.some(({ type }) => type === 'signin' || type === 'failed'))
  const [refused] = await tab.events('failed')
  if (refused !== undefined) return String(refused['code'])
  const [left] = await tab.events('signin')
  return new URL(String(left?.['url'])).searchParams.get('redirectTo') ?? ''
}

test(
  'redirect-to never sends the browser back to another site',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    const port = new URL(story.site.origin).port
    const tricks = [
      ...FOREIGN,
      `http://localhost:${port}/`,
      `http://127.0.0.1:${Number(port) + 1}/`,
      `http://127.0.0.1:${port}@evil.example/`,
      `http://user@127.0.0.1:${port}/`,
      `http://127.0.0.1:${port}.evil.example/`,
      `https://127.0.0.1:${port}/`,
    ]
    for (const trick of tricks) {
      const outcome = await comesBackTo(tab, trick)
      // The element refuses what is another site's, the server what hides where it leads.
      if (outcome === 'REDIRECT_REFUSED' || outcome === 'BAD_USER_INPUT') continue
      const back = new URL(outcome)
      // What is relative is this site's own.
      assert.equal(back.origin, story.site.origin, `${JSON.stringify(trick)} leads to ${outcome}`)
      assert.equal(back.username, '', trick)
    }
    assert.equal(new URL(tab.page.url()).origin, story.site.origin)
  }),
)

test(
  "redirect-to is another page of the app's own",
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    const { origin } = story.site
    for (const own of ['/settings?tab=accounts', `${origin}/settings?tab=accounts`, 'settings?tab=accounts']) {
      assert.equal(await comesBackTo(tab, own), `${origin}/settings?tab=accounts`)
    }
  }),
)

test(
  'the server refuses an origin that REDIRECT_ALLOWED_URLS does not name, and the element says so',
  story({ page, settings: { REDIRECT_ALLOWED_URLS: 'https://app.example.com' } }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    const failed = await tab.event('failed')
    assert.equal(failed['code'], 'BAD_USER_INPUT')
    await tab.sees('google', 'not-connected')
    assert.equal(tab.page.url(), `${story.site.origin}/`)
  }),
)
