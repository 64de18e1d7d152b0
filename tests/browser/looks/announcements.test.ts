import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Page } from 'playwright-core'

import { Heard } from './heard.ts'
import { button, look, openList, row } from './scenes.ts'
import { Stage } from './stage.ts'
import { installClock } from '../../node/harness/clock.ts'

describe('what a screen reader says', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.set()
  })
  after(async () => {
    await stage.end()
  })

  /** The list, and what is said of it from the beginning. */
  async function listening(open: (prepare: (page: Page) => Promise<void>) => Promise<Page>): Promise<[Page, Heard]> {
    const heard: Heard[] = []
    const page = await open(async (page) => {
      heard.push(await Heard.by(page))
    })
    const [first] = heard
    assert.ok(first)
    return [page, first]
  }

  test('a page that has loaded says nothing of itself', async () => {
    const [, heard] = await listening(async (prepare) => await openList(stage, prepare))
    assert.deepEqual(heard.since().filter((line) => !/loading/iu.test(line)), [])
    await stage.clear()
  })

  test('a refresh says once that it went well', async () => {
    const [page, heard] = await listening(async (prepare) => await openList(stage, prepare))
    heard.since()
    await page.locator(button('google', 'refresh')).click()
    const said = await heard.until(/Google was refreshed/u)
    await page.locator(row('google', 'connected')).waitFor()
    await look(page)
    assert.deepEqual([...said, ...heard.since()].filter((line) => /was refreshed/u.test(line)), ['status: Google was refreshed.'])
    await stage.clear()
  })

  test('a refresh that failed says so at once, as an alert, and once', async () => {
    const [page, heard] = await listening(async (prepare) => await openList(stage, prepare))
    heard.since()
    await page.locator(button('discord', 'refresh')).click()
    const said = await heard.until(/^alert: /u)
    await look(page)
    const alerts = [...said, ...heard.since()].filter((line) => line.startsWith('alert: '))
    assert.equal(alerts.length, 1)
    assert.match(alerts[0] ?? '', /^alert: Discord can’t be reached right now\./u)
    await stage.clear()
  })

  test('what happens elsewhere is said once, and with the provider’s name', async () => {
    const user = await stage.backend.user('frida@example.com')
    await stage.backend.connected(user, 'spotify')
    const [page, heard] = await listening(async (prepare) => await stage.open({ user, prepare }))
    await page.locator(row('spotify', 'connected')).waitFor()
    heard.since()
    await stage.backend.control(`grants/${user.id}/spotify/revoke`)
    await stage.backend.raw(user, 'mutation { refreshProviderToken(provider: spotify) { id } }')
    await look(page)
    const said = await heard.until(/Spotify/u)
    await look(page)
    assert.deepEqual([...said, ...heard.since()], ['status: Spotify: Sign-in needed'])
    await stage.clear()
  })

  test('time that goes by changes what is shown, and says nothing', async () => {
    const [page, heard] = await listening(async (prepare) =>
      await openList(stage, async (page) => {
        await installClock(page)
        await prepare(page)
      }),
    )
    await page.locator(`${row('google')} summary`).click()
    await page.locator(`${row('google')} [part=events] li`).nth(1).waitFor()
    heard.since()
    const shown = async () => await page.locator(row('google')).innerText()
    const before = await shown()
    await page.clock.fastForward('05:00')
    await page.waitForFunction(
      ([selector, before]) => document.querySelector('provider-connections')?.shadowRoot?.querySelector<HTMLElement>(selector)?.innerText !== before,
      [row('google'), before] as const,
    )
    assert.notEqual(await shown(), before)
    assert.deepEqual(heard.since(), [])
    await stage.clear()
  })

  test('an outage is said once, however long it is', async () => {
    const [page, heard] = await listening(async (prepare) =>
      await openList(stage, async (page) => {
        await installClock(page)
        await prepare(page)
      }),
    )
    heard.since()
    await page.context().setOffline(true)
    await look(page)
    const said = await heard.until(/^alert: /u)
    for (let minutes = 0; minutes < 5; minutes += 1) await page.clock.fastForward('01:00')
    await look(page)
    assert.equal([...said, ...heard.since()].length, 1)
    await stage.clear()
  })

  test('the live regions are there before they speak, and stay', async () => {
    const page = await openList(stage)
    const regions = await page.locator('[role=status], [role=alert]').elementHandles()
    assert.ok(regions.length > 0)
    await page.locator(button('google', 'disconnect')).click()
    await page.keyboard.press('Escape')
    await page.locator(button('discord', 'refresh')).click()
    await page.locator('[role=alert]:not(:empty)').first().waitFor()
    await look(page)
    const statuses = page.locator('[role=status]')
    assert.equal(await statuses.count(), 1, 'one voice')
    const [status] = await statuses.elementHandles()
    const kept = await Promise.all(regions.map(async (region) => await region.evaluate((one, other) => one === other, status)))
    assert.ok(kept.includes(true), 'the region was put there anew')
    await stage.clear()
  })

  test('each button names its provider, no two alike', async () => {
    const page = await openList(stage)
    const buttons = page.locator('provider-connections [part~=provider]').getByRole('button')
    const names = await Promise.all((await buttons.all()).map(async (one) => (await one.ariaSnapshot()).split('\n')[0] ?? ''))
    assert.ok(names.length > 5)
    assert.equal(new Set(names).size, names.length, names.join())
    for (const name of names) assert.match(name, /Google|GitHub|Facebook|Discord|Spotify|LinkedIn/u)
    await stage.clear()
  })

  test('the list is a list with a name, one item a provider, its state in words', async () => {
    const page = await openList(stage)
    const list = page.getByRole('list', { name: 'Connected accounts' })
    const items = list.locator('> [role=listitem], > li')
    assert.equal(await items.count(), 6)
    const snapshot = await list.ariaSnapshot()
    for (const words of ['Connected', 'Refresh failed', 'Sign-in needed', 'Not connected']) assert.ok(snapshot.includes(words), `${words} in ${snapshot}`)
    await stage.clear()
  })
})
