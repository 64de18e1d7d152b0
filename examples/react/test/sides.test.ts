import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inWorld } from './world.ts'

test('two users side by side see what is theirs', async () => {
  await inWorld({ mode: 'production' }, async (world) => {
    const [ada, grace] = [await world.person('ada@example.com'), await world.person('grace@example.com')]
    await ada.signIn('Google')
    await grace.signIn('Spotify')
    await ada.seesState('google', 'ACTIVE')
    await ada.seesState('spotify', 'NOT_CONNECTED')
    await grace.seesState('spotify', 'ACTIVE')
    await grace.seesState('google', 'NOT_CONNECTED')
    await grace.clicks('Ask Spotify who I am')
    await grace.sees('Spotify knows you as grace@example.com.')
    await ada.clicks('Ask Google who I am')
    await ada.sees('Google knows you as ada@example.com.')
  })
})

test('a tab in which the user changes, because of another tab, shows nothing of the first one', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google')
    const tab = await ada.tab()
    await ada.seesState('google', 'ACTIVE', tab)
    const signIn = new URL(`${world.auth}/signin/provider/spotify`)
    signIn.searchParams.set('redirectTo', `${world.origin}/`)
    signIn.searchParams.set('state', await ada.begins('spotify'))
    await ada.page.goto(signIn.href)
    await ada.page.getByLabel('Account', { exact: true }).fill('grace@example.com')
    await ada.page.getByRole('button', { name: 'Allow' }).click()
    await ada.sees('Connected Spotify.')
    await ada.seesState('google', 'NOT_CONNECTED', tab)
    await ada.seesState('spotify', 'ACTIVE', tab)
  })
})

test('who signs in after another user in the same browser sees nothing of theirs', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google')
    await ada.clicks('Sign out')
    await ada.page.getByRole('button', { name: 'Sign in with Spotify' }).click()
    await ada.page.getByLabel('Account', { exact: true }).fill('grace@example.com')
    await ada.page.getByRole('button', { name: 'Allow' }).click()
    await ada.sees('Connected Spotify.')
    await ada.seesState('spotify', 'ACTIVE')
    await ada.seesState('google', 'NOT_CONNECTED')
  })
})

test('two tabs of one user: what one does, the other shows at once, and so is signing out', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google')
    const tab = await ada.tab()
    await ada.seesState('google', 'ACTIVE', tab)
    await tab.locator('[data-live=true]').waitFor()
    // Time passes as the test says: what is seen was heard, and not asked for.
    await ada.context.clock.pauseAt(Date.now() + 60_000)
    await ada.clicks('Disconnect Google')
    await ada.clicks('Yes, disconnect Google')
    // Less than the ten seconds after which it would be asked for.
    const gone = tab.locator('[data-provider=google][data-state=NOT_CONNECTED]')
    for (let ticks = 0; ticks < 90 && !(await gone.isVisible()); ticks += 1) {
      await ada.context.clock.runFor(100)
      await gone.waitFor({ timeout: 500 }).catch(() => undefined)
    }
    await gone.waitFor()
    await ada.clicks('Sign out')
    await ada.sees('Choose an account.', tab)
  })
})

test('where no WebSocket can be had, the list is asked for every ten seconds', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.context.routeWebSocket(/graphql/, async (socket) => await socket.close({ code: 1011 }))
    await ada.signIn('Google')
    const tab = await ada.tab()
    await ada.seesState('google', 'ACTIVE', tab)
    assert.equal(await tab.locator('[data-live=true]').count(), 0)
    await ada.clicks('Disconnect Google')
    await ada.clicks('Yes, disconnect Google')
    await ada.seesState('google', 'NOT_CONNECTED')
    await world.pass(11)
    await ada.seesState('google', 'NOT_CONNECTED', tab)
  })
})
