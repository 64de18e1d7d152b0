import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'

const page = { attributes: { providers: 'google' } }

test(
  'what is done in one tab shows in the other',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    const [one, other] = [await ada.open(), await ada.open()]
    await other.sees('google', 'not-connected')
    await one.page.bringToFront()
    await one.click('google', 'connect')
    await one.consent()
    await one.sees('google', 'connected')
    await other.page.bringToFront()
    await other.sees('google', 'connected')
    await other.click('google', 'disconnect')
    await other.click('google', 'confirm')
    await other.sees('google', 'not-connected')
    await one.page.bringToFront()
    await one.sees('google', 'not-connected')
  }),
)

test(
  'two users side by side see their own connections, whatever the other does',
  story({ page }, async (story) => {
    const [ada, bob] = [await story.person('ada@example.com'), await story.person('bob@example.com')]
    const [hers, his] = [await ada.open(), await bob.open()]
    await hers.click('google', 'connect')
    await hers.consent()
    await hers.sees('google', 'connected')
    await his.look()
    await his.sees('google', 'not-connected')
    await his.click('google', 'connect')
    await his.consent({ account: 'bob@example.com' })
    await his.sees('google', 'connected')
    await hers.click('google', 'disconnect')
    await hers.click('google', 'confirm')
    await hers.sees('google', 'not-connected')
    await his.look()
    await his.sees('google', 'connected')
    assert.deepEqual(await his.events('disconnected'), [])
  }),
)

test(
  'after another user has signed in on the same page, nothing of the first is shown, and what is connected is linked to the second',
  story({ page: { attributes: { providers: 'google spotify' } } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const bob = await story.backend.user('bob@example.com')
    await story.backend.connected(ada.user, 'google')
    await story.backend.connected(bob, 'spotify')
    const tab = await ada.open()
    await tab.sees('google', 'connected')
    const session = await story.backend.session('bob@example.com')
    await tab.page.evaluate((session) => window.app.signIn(session), session)
    await tab.look()
    await tab.sees('spotify', 'connected')
    await tab.sees('google', 'not-connected')
    // As a sign-in, and not a link, this account would be a third user's.
    await tab.click('google', 'connect')
    await tab.consent({ account: 'bobs.other.address@example.com' })
    await tab.sees('google', 'connected')
    assert.deepEqual(await story.backend.ask(bob, '{ providerConnections { provider } }'), {
      providerConnections: [{ provider: 'google' }, { provider: 'spotify' }],
    })
  }),
)

test(
  'signing out of the app takes the connections off the page',
  story({}, async (story) => {
    const [tab] = await story.visit()
    await story.backend.connected(await story.backend.user('ada@example.com'), 'google')
    await tab.look()
    await tab.sees('google', 'connected')
    await tab.page.evaluate(() => window.app.signOut())
    await tab.look()
    await tab.row('google').waitFor({ state: 'detached' })
  }),
)
