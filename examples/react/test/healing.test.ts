import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inWorld } from './world.ts'

test('a grant that was taken back leads to signing in again, which heals it', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'rotating')
    await ada.sees('This page has an access token.')
    const buttons = await ada.buttons('google')
    await world.control(`grants/${await world.userId(ada.email)}/google/revoke`)
    // Through Nhost Auth it looks like an outage, until it has lasted.
    const ended = ada.page.locator('[data-provider=google][data-state=REAUTHENTICATION_REQUIRED]')
    for (let hours = 0; hours < 24 && !(await ended.isVisible()); hours += 1) {
      await world.pass(3600)
      // Not by the answers: what the page makes of one may be seen only after the next hour has passed.
      await ended.waitFor({ timeout: 1000 }).catch(() => undefined)
    }
    await ended.waitFor()
    assert.deepEqual(await ada.buttons('google'), buttons)
    await ada.clicks('Sign in to Google again')
    await ada.consent('rotating')
    await ada.sees('Connected Google.')
    await ada.seesState('google', 'ACTIVE')
    await ada.clicks('Ask Google who I am')
    await ada.sees('Google knows you as ada@example.com.')
    assert.equal(ada.times('connectProvider'), 2)
  })
})

test('a token that ended before its time is renewed by the call that it fails', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'rotating')
    await ada.sees('This page has an access token.')
    await world.control(`grants/${await world.userId(ada.email)}/google/expire`)
    await ada.clicks('Ask Google who I am')
    await ada.sees('Google knows you as ada@example.com.')
    assert.equal(ada.times('refreshProviderToken'), 1)
  })
})

test("the user's own JWT is renewed unseen, though this machine's clock is slow", async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'rotating')
    await ada.page.locator('[data-live=true]').waitFor()
    await ada.context.clock.pauseAt(Date.now() + 60_000)
    // The server's clock alone: to this machine, the JWT is good for a while yet. What finds it refused first is the click, or
    // the WebSocket that the server closes.
    await world.control('clock/advance', { seconds: 1000 })
    const renewed = ada.page.waitForResponse((response) => response.url() === `${world.auth}/token` && response.request().method() === 'POST')
    await ada.clicks('Disconnect Google')
    await ada.clicks('Yes, disconnect Google')
    await renewed
    await ada.seesState('google', 'NOT_CONNECTED')
    assert.equal(await ada.page.getByRole('alert').count(), 0)
  })
})
