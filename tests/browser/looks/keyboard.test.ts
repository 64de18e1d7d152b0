import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Page } from 'playwright-core'
import { PNG } from 'pngjs'

import { focused, stop, tabStops } from './focus.ts'
import { changed } from './pixels.ts'
import { button, look, openList, row, SCENES } from './scenes.ts'
import { Stage } from './stage.ts'

describe('by keyboard alone', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.set()
  })
  after(async () => {
    await stage.end()
  })

  test('what has the focus is seen to have it, light, dark and with forced colours', async () => {
    const page = await openList(stage)
    for (const media of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
      await page.emulateMedia({ reducedMotion: 'reduce', ...media })
      await page.locator('h1').click()
      const whole = PNG.sync.read(await page.screenshot({ fullPage: true, caret: 'initial' }))
      const stops = await tabStops(page, async (focus) => {
        const margin = 8
        const [x, y] = [Math.floor(focus.x) - margin, Math.floor(focus.y) - margin]
        const clip = { x, y, width: Math.ceil(focus.width) + 2 * margin, height: Math.ceil(focus.height) + 2 * margin }
        const png = await page.screenshot({ clip, fullPage: true, caret: 'initial' })
        const pixels = changed(whole, { x, y, png }, 3)
        // WCAG 2.4.13: as many as a line of 2 px around it has, less what round corners take.
        const least = 2 * 2 * (focus.width + focus.height) * 0.9
        assert.ok(pixels >= least, `${stop(focus)}: ${pixels} px of ${Math.round(least)} change by a contrast of 3 or more`)
      })
      assert.ok(stops.length > 5)
    }
    await stage.clear()
  })

  test('a refresh by Enter keeps the focus where it was', async () => {
    const page = await openList(stage)
    await page.locator(button('google', 'refresh')).focus()
    await page.keyboard.press('Enter')
    await page.locator('[role=status]', { hasText: 'Google' }).waitFor()
    await page.locator(row('google', 'connected')).waitFor()
    assert.equal(stop(await focused(page)), 'google refresh')
    await stage.clear()
  })

  test('while it is under way, the focus is still in its row', async () => {
    const refreshing = SCENES.find(({ name }) => name === 'refreshing')
    assert.ok(refreshing)
    assert.equal((await focused(await refreshing.open(stage))).provider, 'google')
    await stage.clear()
  })

  test('Space asks whether to disconnect, Escape and Cancel go back to the button', async () => {
    const page = await openList(stage)
    for (const leave of ['Escape', 'Cancel']) {
      await page.locator(button('google', 'disconnect')).focus()
      await page.keyboard.press('Space')
      await page.locator(button('google', 'confirm')).waitFor()
      assert.equal(stop(await focused(page)), 'google cancel', 'the harmless answer is the first one')
      await page.keyboard.press(leave === 'Escape' ? 'Escape' : 'Enter')
      await page.locator(button('google', 'confirm')).waitFor({ state: 'hidden' })
      assert.equal(stop(await focused(page)), 'google disconnect', leave)
    }
    await stage.clear()
  })

  test('after disconnecting, the focus is at what comes next for that provider', async () => {
    const user = await stage.backend.user('cleo@example.com')
    await stage.backend.connected(user, 'google')
    const page = await stage.open({ user, attributes: { providers: 'github google' } })
    await disconnectByKeyboard(page)
    await page.locator(row('google', 'not-connected')).waitFor()
    assert.equal(stop(await focused(page)), 'google connect')
    await stage.clear()
  })

  test('after disconnecting the last one that is listed, the focus is still in the element', async () => {
    const user = await stage.backend.user('dora@example.com')
    await stage.backend.connected(user, 'google')
    const page = await stage.open({ user })
    await disconnectByKeyboard(page)
    await page.locator(row('google', 'not-connected')).waitFor()
    assert.notEqual((await focused(page)).tag, 'body')
    await stage.clear()
  })

  test('what changes elsewhere takes the focus from nobody', async () => {
    const user = await stage.backend.user('eve@example.com')
    for (const provider of ['google', 'gitlab']) await stage.backend.connected(user, provider)
    const page = await stage.open({ user, attributes: { providers: 'github gitlab google' } })
    await page.locator(row('google', 'connected')).waitFor()
    await page.locator(button('google', 'refresh')).focus()
    await stage.backend.ask(user, 'mutation { disconnectProvider(provider: gitlab) { id } }')
    await look(page)
    await page.locator(row('gitlab', 'not-connected')).waitFor()
    assert.equal(stop(await focused(page)), 'google refresh')

    await stage.backend.ask(user, 'mutation { disconnectProvider(provider: google) { id } }')
    await look(page)
    await page.locator(row('google', 'not-connected')).waitFor()
    assert.equal((await focused(page)).provider, 'google', 'its button is gone, its row is not')
    await stage.clear()
  })
})

async function disconnectByKeyboard(page: Page): Promise<void> {
  await page.locator(row('google', 'connected')).waitFor()
  await page.locator(button('google', 'disconnect')).focus()
  await page.keyboard.press('Enter')
  await page.locator(button('google', 'confirm')).waitFor()
  for (let presses = 0; stop(await focused(page)) !== 'google confirm'; presses += 1) {
    assert.ok(presses < 5, 'the confirmation is not reached')
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
}
