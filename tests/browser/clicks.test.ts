import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directly } from './harness/backend.ts'
import { story } from './harness/story.ts'
import type { Action, Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google' } }

/** Two clicks before the page has heard anything of what the first has done. */
async function twice(tab: Tab, action: Action): Promise<void> {
  // Playwright sends an event to what can't be seen yet, too: before the list is known, there is nothing to sign in to again.
  await tab.button('google', action).waitFor()
  await tab.button('google', action).dispatchEvent('click')
  await tab.page.evaluate((action) => {
    const root = document.querySelector('provider-connections')?.shadowRoot
    root?.querySelector<HTMLElement>(`button[data-action=${action}]`)?.click()
  }, action)
}

test(
  'a double click on "refresh" refreshes once',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    const release = await tab.hold('refreshProviderToken')
    await twice(tab, 'refresh')
    await tab.sees('google', 'refreshing')
    release()
    await tab.event('refreshed')
    await tab.sees('google', 'connected')
    assert.equal(tab.count('refreshProviderToken'), 1)
  }),
)

test(
  'a double click on "disconnect", and one on its confirmation, disconnect once',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    const release = await tab.hold('disconnectProvider')
    await tab.button('google', 'disconnect').dblclick()
    assert.equal(tab.count('disconnectProvider'), 0, 'nothing is done before it is confirmed')
    await twice(tab, 'confirm')
    await tab.sees('google', 'disconnecting')
    release()
    await tab.sees('google', 'not-connected')
    assert.equal(tab.count('disconnectProvider'), 1)
    assert.deepEqual(await tab.events('disconnected'), [{ provider: 'google' }])
    assert.deepEqual(await tab.events('failed'), [])
  }),
)

test(
  '"cancel" keeps the connection',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    await tab.click('google', 'disconnect')
    await tab.click('google', 'cancel')
    await tab.button('google', 'confirm').waitFor({ state: 'hidden' })
    await tab.sees('google', 'connected')
    assert.equal(tab.count('disconnectProvider'), 0)
  }),
)

for (const action of ['connect', 'sign-in-again'] as const) {
  test(
    `a double click on "${action}" leaves once, and connects once`,
    story({ page, settings: (auth) => directly(auth) }, async (story) => {
      const ada = await story.person('ada@example.com')
      if (action === 'sign-in-again') {
        await story.backend.connected(ada.user, 'google')
        await story.backend.control(`grants/${ada.user.id}/google/revoke`)
        await story.backend.raw(ada.user, 'mutation { refreshProviderToken(provider: google) { id } }')
      }
      const tab = await ada.open()
      const release = await tab.hold('providerSignInUrl')
      await twice(tab, action)
      await tab.sees('google', 'connecting')
      release()
      await tab.consent()
      await tab.sees('google', 'connected')
      assert.equal(tab.count('providerSignInUrl'), 1)
      assert.equal(tab.count('connectProvider'), 1)
    }),
  )
}

test(
  'a click by a script on a button that is not shown yet does nothing',
  story({ page, settings: (auth) => directly(auth) }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    await story.backend.control(`grants/${ada.user.id}/google/revoke`)
    await story.backend.raw(ada.user, 'mutation { refreshProviderToken(provider: google) { id } }')
    const tab = await ada.tab()
    const release = await tab.hold('providerConnections')
    await tab.visit(await story.backend.session(ada.email))
    for (const action of ['connect', 'sign-in-again', 'refresh', 'disconnect'] as const) {
      await tab.button('google', action).waitFor({ state: 'hidden' })
      await tab.button('google', action).dispatchEvent('click')
    }
    release()
    // Without the list the element would have asked to link an account that is linked.
    await tab.sees('google', 'sign-in-again')
    assert.deepEqual(await tab.events('signin'), [])
    for (const name of ['providerSignInUrl', 'refreshProviderToken', 'disconnectProvider']) assert.equal(tab.count(name), 0, name)
  }),
)

for (const where of ['on the button', 'outside the page'] as const) {
  test(
    `what changes while a button is held down is shown once it is released ${where}, and a click counts`,
    story({ page: { attributes: { providers: '' } } }, async (story) => {
      const ada = await story.person('ada@example.com')
      await story.backend.connected(ada.user, 'google')
      const tab = await ada.open()
      await tab.sees('google', 'connected')
      const before = await tab.button('google', 'refresh').boundingBox()
      assert.ok(before)
      await tab.page.mouse.move(before.x + before.width / 2, before.y + before.height / 2)
      await tab.page.mouse.down()
      // GitHub's row comes first, and would push the button away.
      await story.backend.connected(ada.user, 'github')
      await tab.look()
      assert.equal(await tab.row('github').count(), 0)
      assert.deepEqual(await tab.button('google', 'refresh').boundingBox(), before)
      if (where === 'outside the page') await tab.page.mouse.move(-20, -20)
      await tab.page.mouse.up()
      await tab.sees('github', 'connected')
      if (where === 'on the button') assert.deepEqual(await tab.event('refreshed'), { provider: 'google' })
      await tab.settled('google')
      assert.equal(tab.count('refreshProviderToken'), where === 'on the button' ? 1 : 0)
    }),
  )
}

test(
  'a key on a button counts, and what comes of it is shown, also while a mouse button is held down',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.open()
    await tab.sees('google', 'connected')
    await tab.row('google').hover({ position: { x: 4, y: 4 } })
    await tab.page.mouse.down()
    const release = await tab.hold('refreshProviderToken')
    await tab.button('google', 'refresh').focus()
    await tab.page.keyboard.press('Enter')
    await tab.sees('google', 'refreshing')
    release()
    assert.deepEqual(await tab.event('refreshed'), { provider: 'google' })
    await tab.sees('google', 'connected')
    await tab.page.mouse.up()
  }),
)
