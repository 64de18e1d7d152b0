import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Page } from 'playwright-core'

import type { ProviderConnectionsElement } from '../../../packages/element/dist/types/index.d.ts'
import { HEBREW } from './hebrew.ts'
import { layoutFaults } from './layout.ts'
import { comparing, difference, keep, pictureFaults, take, updating, weight } from './picture.ts'
import { openList, row, SCENES } from './scenes.ts'
import { type Setting, Stage } from './stage.ts'

/** What a picture may weigh, in bytes. */
const LIMIT = 200_000

/** The list once more, for eyes, devices and languages of other kinds; `words` are in it. */
const SETTINGS: Record<string, Setting & { words?: string }> = {
  dark: { context: { colorScheme: 'dark' } },
  '320-dark': { context: { colorScheme: 'dark', viewport: { width: 320, height: 800 } } },
  '375': { context: { viewport: { width: 375, height: 812 } } },
  '768': { context: { viewport: { width: 768, height: 900 } } },
  '1280-dark': { context: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } } },
  '320': { context: { viewport: { width: 320, height: 800 } } },
  '1280': { context: { viewport: { width: 1280, height: 900 } } },
  german: { lang: 'de', words: 'Verbunden' },
  rtl: { words: HEBREW.connected, lang: 'he', dir: 'rtl', strings: HEBREW, attributes: { locale: 'he' } },
  'rtl-320': {
    words: HEBREW.connected,
    lang: 'he',
    dir: 'rtl',
    strings: HEBREW,
    attributes: { locale: 'he' },
    context: { viewport: { width: 320, height: 800 } },
  },
  'forced-colors': { context: { forcedColors: 'active' } },
}

/** Waits for the marks of all providers that have one and are shown. */
async function marked(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const glyphs = document.querySelector('provider-connections')?.shadowRoot?.querySelectorAll('[part=provider] [part=glyph]') ?? []
    const unmarked = ['azuread', 'entraid', 'linkedin', 'windowslive', 'workos']
    return [...glyphs].every((one) => one.querySelector('svg') ?? unmarked.includes(one.closest('[data-provider]')?.getAttribute('data-provider') ?? ''))
  })
}

describe('the pictures of the documentation are what is seen', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.set()
  })
  after(async () => {
    await stage.end()
  })

  /** `margin` is what is seen around what `selector` names, in CSS pixels; `words` are in what is seen. */
  async function picture(name: string, page: Page, selector: string, margin: number, words?: string): Promise<void> {
    const file = `${name}.png`
    // Nothing is pointed at, and the providers' marks are there: they are loaded apart.
    await page.mouse.move(0, 0)
    await marked(page)
    const png = await take(page, selector, margin)
    if (updating) await keep(file, png)
    assert.deepEqual([...(await pictureFaults(file, png)), ...(await layoutFaults(page))], [], file)
    if (words !== undefined) await page.locator(selector).getByText(words, { exact: true }).first().waitFor()
    assert.ok((await weight(file)) < LIMIT, `docs/images/${file} is ${await weight(file)} bytes`)
    if (comparing) assert.equal(await difference(file, png), null, `docs/images/${file}: look at it; UPDATE_SCREENSHOTS=1 makes it anew`)
  }

  for (const { name, provider, open } of SCENES) {
    test(name, async () => {
      stage.setting = { context: { deviceScaleFactor: 2, reducedMotion: 'reduce' } }
      const page = await open(stage)
      if (provider === undefined) await picture(`element-${name}`, page, 'provider-connections', 16)
      // Less than what is between it and the next.
      else await picture(`element-${name}`, page, row(provider), 8)
      await stage.clear()
    })
  }

  for (const [name, { words, ...setting }] of Object.entries(SETTINGS)) {
    test(`list: ${name}`, async () => {
      stage.setting = { ...setting, context: { deviceScaleFactor: 2, reducedMotion: 'reduce', ...setting.context } }
      await picture(`element-list-${name}`, await openList(stage), 'provider-connections', 16, words)
      await stage.clear()
    })
  }

  test('light and dark beside each other', async () => {
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
    await picture('element', page, 'main', 0)
    await stage.clear()
  })
})
