import assert from 'node:assert/strict'
import { test } from 'node:test'

import { begun } from './harness/begun.ts'
import type { Story } from './harness/story.ts'
import { story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'
import { installClock } from '../node/harness/clock.ts'

// The accounts' pictures are at the simulated providers, whose names nobody can look up.
const page = { attributes: { providers: 'google', avatars: 'off' } }
/** A stream of changes ends with the JWT: the element would have another before the test asks for it, or look once more meanwhile. */
const polling = { attributes: { ...page.attributes, live: 'off' } }
/** Longer than a JWT of Nhost Auth lives, in seconds. */
const LONG = 1000

async function connected(story: Story): Promise<Tab> {
  const ada = await story.person('ada@example.com')
  await story.backend.connected(ada.user, 'google')
  const tab = await ada.tab()
  await installClock(tab.page)
  await tab.visit(await story.backend.session(ada.email))
  await tab.sees('google', 'connected')
  return tab
}

const asked = async (tab: Tab) => await tab.page.evaluate(() => window.app.asked)

test(
  'a JWT that the server no longer takes is replaced by a fresh one, and the click is not lost',
  story({ page: polling, demo: true }, async (story) => {
    const tab = await connected(story)
    assert.ok(!(await asked(tab)).includes(true), 'a JWT that is good is not replaced')
    // Nobody tells the browser: its own clock is behind.
    await story.backend.advance(LONG)
    await tab.click('google', 'refresh')
    await tab.event('refreshed')
    await tab.sees('google', 'connected')
    assert.ok((await asked(tab)).includes(true))
    assert.equal(tab.count('refreshProviderToken'), 2)
    const jwts = tab.sent.filter(({ query }) => query.includes('refreshProviderToken')).map(({ authorization }) => authorization)
    assert.equal(new Set(jwts).size, 2)
  }),
)

test(
  'a JWT that is about to end is replaced before it is sent',
  story({ page: polling, demo: true }, async (story) => {
    const tab = await connected(story)
    await story.backend.advance(LONG)
    const before = tab.sent.length
    await tab.page.clock.fastForward(LONG * 1000)
    await tab.look()
    await tab.sees('google', 'connected')
    assert.ok((await asked(tab)).includes(true))
    const old = tab.sent[0]?.authorization
    assert.ok(tab.sent.length > before)
    assert.deepEqual(tab.sent.slice(before).filter(({ authorization }) => authorization === old), [])
  }),
)

test(
  'a session that ends during the visit takes the connections off the page and says to sign in; a new one brings them back',
  story({ page, demo: true }, async (story) => {
    const tab = await connected(story)
    await tab.page.evaluate(() => (window.app.renews = false))
    await story.backend.advance(LONG)
    await tab.look()
    await tab.page.getByText('Your session has expired').waitFor()
    assert.equal(await tab.row('google', 'connected').count(), 0)
    const calls = tab.sent.length
    await tab.look()
    assert.ok(tab.sent.length <= calls + 2, 'a session that has ended is not hammered with')
    const session = await story.backend.session('ada@example.com')
    await tab.page.evaluate((session) => window.app.signIn(session), session)
    await tab.look()
    await tab.sees('google', 'connected')
  }),
)

test(
  'nobody who is signed out is asked for: the page says so and calls no API',
  story({ page }, async (story) => {
    const tab = await (await story.person('ada@example.com')).tab()
    await tab.visit()
    await tab.page.getByText('You’re not signed in').waitFor()
    assert.equal(tab.count('providerConnections'), 0)
  }),
)

test(
  'a JWT that comes late, after the way back from a sign-in, still connects',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.signIn(ada.user, 'google')
    const tab = await ada.tab()
    await installClock(tab.page)
    // The app knows nobody yet.
    await tab.visit(undefined, { state: await begun(tab.page, 'google') })
    await tab.sees('google', 'connecting')
    assert.equal(tab.count('connectProvider'), 0)
    const session = await story.backend.session(ada.email)
    await tab.page.evaluate((session) => window.app.signIn(session), session)
    await tab.page.clock.fastForward(2000)
    await tab.sees('google', 'connected')
    assert.equal(tab.count('connectProvider'), 1)
  }),
)
