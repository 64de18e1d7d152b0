import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

import { adapt, ADAPTATIONS } from './adaptations.ts'
import { stop, tabStops, usable } from './focus.ts'
import { layoutFaults } from './layout.ts'
import { SCENES } from './scenes.ts'
import { Stage } from './stage.ts'

/** What axe finds on the page, its shadow roots included, with every rule it has that is not experimental. */
async function violations(page: Page): Promise<string[]> {
  const { violations, incomplete } = await new AxeBuilder({ page })
    // A window of its own for the last step is needed for frames alone.
    .setLegacyMode()
    // Off by default, being newer than WCAG 2.1.
    .options({ rules: { 'target-size': { enabled: true } } })
    .analyze()
  // What axe can't tell is ours to make plain.
  return [...violations, ...incomplete].flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`))
}

let stage: Stage
before(async () => {
  stage = await Stage.set()
})
after(async () => {
  await stage.end()
})

for (const { name, open } of SCENES) {
  describe(name, () => {
    let page: Page
    before(async () => {
      page = await open(stage)
    })
    after(async () => {
      await stage.clear()
    })

    test('axe finds nothing, light and dark, left-to-right and right-to-left', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        for (const adaptation of [{ width: 720 }, { width: 720, locale: 'he' }] as const) {
          await adapt(page, adaptation)
          assert.deepEqual(await violations(page), [], `${colorScheme}, ${JSON.stringify(adaptation)}`)
        }
      }
    })

    test('nothing moves for who wants no motion', async () => {
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const moving = await page.locator('provider-connections').evaluate((element) => element.shadowRoot?.getAnimations().length)
      assert.equal(moving, 0)
    })

    test('Tab stops at everything that can be used, in the order in which it is seen, and lets go of it', async () => {
      await adapt(page, { width: 720 })
      await page.locator('h1').click()
      assert.deepEqual((await tabStops(page)).map(stop), await usable(page))
    })

    test('nothing is cut off, lies on something else, makes the page scroll sideways or is too small to hit', async () => {
      for (const adaptation of ADAPTATIONS) {
        await adapt(page, adaptation)
        assert.deepEqual(await layoutFaults(page), [], adaptation.name)
      }
    })
  })
}

test('what is under way moves for everybody else', async () => {
  stage.setting = { context: { reducedMotion: 'no-preference' } }
  const page = await SCENES.find(({ name }) => name === 'refreshing')?.open(stage)
  assert.notEqual(await page?.locator('provider-connections').evaluate((element) => element.shadowRoot?.getAnimations().length), 0)
  await stage.clear()
})
