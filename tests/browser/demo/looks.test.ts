import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AxeBuilder } from '@axe-core/playwright'

import { demo, type Demo } from './demo.ts'

/** Shows the page at its beginning, amid the story, and in trouble. */
async function tour(demo: Demo, look: (scene: string) => Promise<void>): Promise<void> {
  const { tab } = demo
  await tab.sees('google', 'not-connected')
  await demo.says('grant', 'none yet')
  await look('nobody is signed in')
  await demo.connect()
  await demo.click('use')
  await demo.click('hour')
  await demo.click('use')
  await demo.click('down')
  await demo.refresh()
  await tab.sees('google', 'failing')
  await look('amid the story')
  await tab.visit('00000000-0000-0000-0000-000000000000')
  await demo.says('trouble', 'did not succeed')
  await look('in trouble')
}

test(
  'axe finds nothing wrong, light and dark',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await tour(demo, async (scene) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ rules: { 'target-size': { enabled: true } } }).analyze()
        const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
        assert.deepEqual(found, [], `${scene}, ${colorScheme}`)
      }
    })
  }),
)

test(
  'nothing is cut off or scrolls sideways, from 320 pixels up',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await tour(demo, async (scene) => {
      for (const [width, text] of [[320, 100], [375, 200], [480, 100], [768, 100], [1024, 100], [1280, 100], [1920, 100]] as const) {
        await page.setViewportSize({ width, height: 900 })
        // WCAG 1.4.4: text at 200 %.
        await page.evaluate((text) => { document.documentElement.style.fontSize = `${text}%` }, text)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(wide <= width, `${scene}: ${wide} pixels at ${width}, text at ${text} %`)
        const outside = await page.locator('main button, main p, main li, main dd').evaluateAll((all) =>
          all.filter((element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1).map((element) => element.outerHTML),
        )
        assert.deepEqual(outside, [], `${scene} at ${width}, text at ${text} %`)
      }
    })
  }),
)

test(
  'nothing moves for whom motion is too much',
  demo({ reducedMotion: 'reduce' }, async (demo) => {
    await demo.connect()
    await demo.click('use')
    await demo.says('answers', /200 works/)
    const { page } = demo.tab
    const moving = async () =>
      await page.evaluate(() => document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().duration !== 0).length)
    assert.equal(await moving(), 0)
    // And it does move otherwise, so that there is something to leave out.
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await demo.at('use').click()
    await page.waitForFunction(() => document.getAnimations().length > 0)
  }),
)

test(
  'nothing is drawn before the texts are there, so that nothing moves when they come',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await page.addInitScript(() => {
      const watch = new MutationObserver(() => {
        if (!document.querySelector('h1')?.textContent) return
        performance.mark('texts')
        watch.disconnect()
      })
      watch.observe(document, { childList: true, characterData: true, subtree: true })
    })
    await page.reload()
    await page.waitForFunction(() => performance.getEntriesByName('first-paint').length > 0 && performance.getEntriesByName('texts').length > 0)
    const [written, painted] = await page.evaluate(() => ['texts', 'first-paint'].map((name) => performance.getEntriesByName(name)[0]?.startTime))
    assert.ok(written !== undefined && painted !== undefined && written < painted, `the texts came at ${written} ms, and it was drawn at ${painted} ms`)
  }),
)
