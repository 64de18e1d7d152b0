import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inWorld as inAnyWorld, type World } from './world.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** With the page of the probes, none of which may ever have been handed a token that has expired. */
async function inWorld(story: (world: World) => Promise<void>): Promise<void> {
  await inAnyWorld({ page: 'probe' }, async (world) => {
    await story(world)
    for (const { page } of world.people) assert.equal(await page.locator('html[data-expired]').count(), 0)
  })
}

test('a token is replaced before it ends, and the one at hand always opens the API', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    await ada.sees('token: 1, problem: none')
    for (const number of [2, 3]) {
      // Half a minute before its end: the timer has been due for as long.
      await world.pass(HOUR - 30)
      await ada.sees(`token: ${number}, problem: none`)
      await ada.clicks('Use')
      await ada.sees(`token ${number} used: 200`)
    }
  })
})

test('a token for a minute is replaced, and not asked for all the time', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'short')
    await ada.sees('token: 1, problem: none')
    for (const number of [2, 3]) {
      await world.pass(31)
      await ada.sees(`token: ${number}, problem: none`)
      await ada.clicks('Use')
      await ada.sees(`token ${number} used: 200`)
    }
    assert.equal(ada.times('accessToken('), 3)
  })
})

test('no component is handed a token that has expired: offline it has none, and one again when back', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    await ada.sees('token: 1, problem: none')
    await ada.context.setOffline(true)
    await world.pass(HOUR + 1)
    await ada.sees('token: none, problem: OFFLINE')
    await ada.clicks('Use')
    await ada.sees('nothing to use')
    await ada.context.setOffline(false)
    await ada.sees('token: 2, problem: none')
  })
})

test('a timer that is late hands out nothing that has expired meanwhile', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    await ada.sees('token: 1, problem: none')
    // The machine has slept: the clock is ahead, and no timer has fired.
    await world.control('clock/advance', { seconds: 2 * HOUR })
    await ada.context.clock.setSystemTime(Date.now() + 2 * HOUR * 1000)
    await ada.clicks('Render')
    await ada.sees('token: none, problem: none')
    await ada.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await ada.sees('token: 2, problem: none')
  })
})

test('two components and two mounts share one read', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    await ada.sees('token: 1, problem: none')
    assert.ok((await ada.unmounts()) > 0)
    assert.equal(ada.times('accessToken('), 1)
    await ada.clicks('Come twice')
    await ada.sees('probes: 2')
    assert.equal(await ada.page.getByText('token: 1, problem: none').count(), 2)
    assert.equal(ada.times('accessToken('), 1)
  })
})

test('when nobody uses it any more, a token is asked for no more, and forgotten', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    await ada.sees('token: 1, problem: none')
    await ada.clicks('Leave')
    await ada.sees('probes: 0')
    for (const hours of [1, 2]) await world.pass(hours * HOUR)
    await ada.clicks('Come')
    await ada.sees('token: 2, problem: none')
    assert.equal(ada.times('accessToken('), 2)
  })
})

test('a token that lives longer than a timer can wait is asked for once', async () => {
  await inWorld(async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google', 'stable')
    const userId = await world.userId(ada.email)
    // One that lives for 28 days; a timer waits for 24.8 at most.
    await world.control('sign-in', { userId, provider: 'google', account: ada.email, script: { lifetime: 28 * DAY } })
    await world.pass(61)
    await ada.page.goto(`/?state=${await ada.begins('google')}`)
    await ada.sees('Connected Google.')
    await ada.sees('token: 1, problem: none')
    const before = ada.times('accessToken(')
    await world.pass(25 * DAY)
    await ada.clicks('Use')
    await ada.sees('token 1 used: 200')
    assert.equal(ada.times('accessToken('), before)
    assert.equal(await ada.page.locator('html[data-overflow]').count(), 0)
    await world.pass(3 * DAY - 60)
    await ada.sees('token: 2, problem: none')
  })
})
