import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'

import type { Page } from 'playwright-core'

import type { ProviderConnectionsElement } from '../../../packages/element/dist/types/index.d.ts'
import { HEBREW } from './hebrew.ts'
import { comparable, difference, keep, remember, take, updating } from './picture.ts'
import { openList, row, SCENES } from './scenes.ts'
import { type Setting, Stage } from './stage.ts'

/** The list once more, for eyes, devices and languages of other kinds. */
const SETTINGS: Record<string, Setting> = {
  dark: { context: { colorScheme: 'dark' } },
  '320': { context: { viewport: { width: 320, height: 800 } } },
  '1280': { context: { viewport: { width: 1280, height: 900 } } },
  german: { lang: 'de' },
  rtl: { lang: 'he', dir: 'rtl', strings: HEBREW, attributes: { locale: 'he' } },
  'rtl-320': { lang: 'he', dir: 'rtl', strings: HEBREW, attributes: { locale: 'he' }, context: { viewport: { width: 320, height: 800 } } },
  'forced-colors': { context: { forcedColors: 'active' } },
}

describe('the pictures of the documentation are what is seen', () => {
  let stage: Stage
  let compared: boolean
  before(async () => {
    if (updating) await remember()
    compared = await comparable()
    stage = await Stage.set()
  })
  after(async () => {
    await stage.end()
  })

  /** `margin` is what is seen around what `selector` names, in CSS pixels. */
  async function picture(context: TestContext, name: string, page: Page, selector: string, margin: number): Promise<void> {
    const file = `${name}.png`
    // Nothing is pointed at.
    await page.mouse.move(0, 0)
    const png = await take(page, selector, margin)
    if (updating) await keep(file, png)
    else if (compared) assert.equal(await difference(file, png), null, `docs/images/${file}: look at it; UPDATE_SCREENSHOTS=1 makes it anew`)
    // Letters of another width break lines elsewhere. What has to hold for any letters is in adaptations.ts.
    else context.diagnostic(`docs/images/${file} was drawn with other fonts or another rasteriser: taken, not compared`)
  }

  for (const { name, provider, open } of SCENES) {
    test(name, async (context) => {
      stage.setting = { context: { deviceScaleFactor: 2, reducedMotion: 'reduce' } }
      const page = await open(stage)
      if (provider === undefined) await picture(context, `element-${name}`, page, 'provider-connections', 16)
      // Less than what is between it and the next.
      else await picture(context, `element-${name}`, page, row(provider), 8)
      await stage.clear()
    })
  }

  for (const [name, setting] of Object.entries(SETTINGS)) {
    test(`list: ${name}`, async (context) => {
      stage.setting = { ...setting, context: { deviceScaleFactor: 2, reducedMotion: 'reduce', ...setting.context } }
      await picture(context, `element-list-${name}`, await openList(stage), 'provider-connections', 16)
      await stage.clear()
    })
  }

  test('light and dark beside each other', async (context) => {
    stage.setting = { context: { deviceScaleFactor: 2, reducedMotion: 'reduce', viewport: { width: 1360, height: 1000 } } }
    const page = await stage.open({ user: stage.ada, attributes: { providers: 'google discord spotify linkedin' } })
    await page.locator(row('spotify', 'sign-in-again')).waitFor()
    await page.locator('provider-connections').evaluate(async (light: ProviderConnectionsElement) => {
      const main = document.querySelector('main')
      const dark = document.createElement('provider-connections')
      for (const { name, value } of light.attributes) dark.setAttribute(name, value)
      light.setAttribute('theme', 'light')
      dark.setAttribute('theme', 'dark')
      Object.assign(dark, { jwt: light.jwt, now: light.now })
      main?.classList.add('beside')
      for (const element of [light, dark]) {
        const side = document.createElement('section')
        side.className = element.getAttribute('theme') ?? ''
        side.append(element)
        main?.append(side)
      }
      await new Promise((resolve) => dark.addEventListener('changed', resolve, { once: true }))
    })
    await picture(context, 'element', page, 'main', 0)
    await stage.clear()
  })
})
