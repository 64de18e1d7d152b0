import assert from 'node:assert/strict'
import { test } from 'node:test'

import { begun } from './harness/begun.ts'
import { story } from './harness/story.ts'
import { installClock } from '../node/harness/clock.ts'

const page = { attributes: { providers: 'google' } }
/** What Chromium itself writes to the console where nobody answers. */
const NO_ANSWER = [/Failed to load resource/, /WebSocket connection to/]
const DISCONNECT = 'mutation { disconnectProvider(provider: google) { id } }'

test(
  'offline the page keeps what it knows and says so; online it looks again at once',
  story({ page: { attributes: { ...page.attributes, live: 'off' } } }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.tab()
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'connected')
    tab.foretell(...NO_ANSWER)
    await ada.context.setOffline(true)
    await tab.look()
    await tab.page.getByText('The server can’t be reached').first().waitFor()
    assert.equal((await tab.event('failed'))['code'], 'OFFLINE')
    await tab.sees('google', 'connected')
    await story.backend.ask(ada.user, DISCONNECT)
    // With the clock stopped no timer brings it: the network's return does.
    await tab.page.clock.pauseAt(Date.now() + 600_000)
    await ada.context.setOffline(false)
    await tab.sees('google', 'not-connected')
    await tab.page.getByText('The server can’t be reached').first().waitFor({ state: 'hidden' })
  }),
)

test(
  'a button that is clicked while the page is offline says what happened and works afterwards',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    await tab.sees('google', 'connected')
    tab.foretell(...NO_ANSWER)
    await ada.context.setOffline(true)
    await tab.click('google', 'refresh')
    // Said once, of everything, and not once more in the row.
    await tab.page.locator('provider-connections [role=alert]').filter({ hasText: /can’t be reached/ }).waitFor()
    await tab.settled('google')
    assert.equal(await tab.row('google').locator('[role=alert]').filter({ hasText: /\S/ }).count(), 0)
    await ada.context.setOffline(false)
    await tab.settled('google')
    await tab.click('google', 'refresh')
    await tab.event('refreshed')
    await tab.sees('google', 'connected')
  }),
)

test(
  'a server that was gone is found again by itself',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.tab()
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'connected')
    tab.foretell(...NO_ANSWER)
    await story.backend.server.stop()
    await tab.look()
    await tab.page.getByText('The server can’t be reached').first().waitFor()
    await tab.sees('google', 'connected')
    await story.backend.server.start()
    await story.backend.ask(ada.user, DISCONNECT)
    await tab.page.clock.fastForward('00:30')
    await tab.sees('google', 'not-connected')
    await tab.page.getByText('The server can’t be reached').first().waitFor({ state: 'hidden' })
  }),
)

test(
  'Nhost Auth that is down when the browser comes back costs no sign-in: what waits there is fetched when it is up again',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.signIn(ada.user, 'google')
    await story.backend.control('faults', { endpoint: 'providerTokens', fault: { type: 'empty', status: 503 }, once: false })
    const tab = await ada.tab()
    await installClock(tab.page)
    const refused = tab.page.waitForResponse(async (response) => {
      if (!response.url().endsWith('/graphql') || response.request().method() !== 'POST') return false
      return (await response.text()).includes('UPSTREAM_UNAVAILABLE')
    })
    await tab.visit(await story.backend.session(ada.email), { state: await begun(tab.page, 'google') })
    await refused
    await tab.sees('google', 'connecting')
    await story.backend.control('faults', undefined, 'DELETE')
    await tab.page.clock.fastForward('01:00')
    await tab.sees('google', 'connected')
    assert.deepEqual(await tab.events('signin'), [])
  }),
)
