import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'
import { installClock } from '../node/harness/clock.ts'

/** What Chromium itself writes to the console where nobody answers. */
const NO_ANSWER = [/Failed to load resource/, /WebSocket connection to/]

test(
  'a server that can’t be reached is asked again at a click, which says so where there is still no answer',
  story({ page: { attributes: { providers: 'google' } } }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.tab()
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'connected')
    tab.foretell(...NO_ANSWER)
    await story.backend.server.stop()
    await tab.look()
    const notice = tab.page.locator('provider-connections [part~=notice]').filter({ hasText: 'The server can’t be reached' })
    await notice.waitFor()
    // No timer does it: the clock stands still.
    await tab.page.clock.pauseAt(Date.now() + 600_000)
    const said = tab.page.locator('provider-connections [role=status]').filter({ hasText: 'can’t be reached' })
    await notice.getByRole('button', { name: 'Try again' }).click()
    await said.waitFor()
    await notice.waitFor()
    await story.backend.server.start()
    await notice.getByRole('button', { name: 'Try again' }).click()
    await notice.waitFor({ state: 'hidden' })
    await tab.sees('google', 'connected')
  }),
)

test(
  'an element without a list of providers says that nothing is connected, and the app’s own button may stand there',
  story({}, async (story) => {
    const [tab, ada] = await story.visit()
    const empty = tab.page.locator('provider-connections [part=empty]')
    await empty.getByText('No accounts are connected yet.').waitFor()
    await empty.getByRole('button', { name: 'Check again' }).waitFor()
    await tab.page.locator('provider-connections').evaluate((element) => {
      const link = Object.assign(document.createElement('a'), { slot: 'empty', href: '/connect', textContent: 'Connect an account' })
      element.append(link)
    })
    await tab.page.getByRole('link', { name: 'Connect an account' }).waitFor()
    assert.equal(await empty.getByRole('button', { name: 'Check again' }).isVisible(), false)
    await story.backend.connected(ada, 'google')
    await tab.look()
    await tab.sees('google', 'connected')
    await empty.waitFor({ state: 'hidden' })
  }),
)

test(
  '"Connect" is the button to click where it is the only one, and one of many where there are more',
  story({ page: { attributes: { providers: 'google' } } }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    const colour = async () => await tab.button('google', 'connect').evaluate((button) => getComputedStyle(button).backgroundColor)
    const primary = await colour()
    await tab.page.locator('provider-connections').evaluate((element) => element.setAttribute('providers', 'google github gitlab'))
    await tab.sees('gitlab', 'not-connected')
    assert.notEqual(await colour(), primary)
    await tab.page.locator('provider-connections').evaluate((element) => element.setAttribute('providers', 'google'))
    await tab.row('gitlab').waitFor({ state: 'detached' })
    assert.equal(await colour(), primary)
  }),
)
