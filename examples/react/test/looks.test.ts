import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import type { Person } from './person.ts'
import { built } from './built.ts'
import { inWorld } from './world.ts'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

test('axe finds nothing, light and dark, and nothing is wider than 320 pixels', async () => {
  await inWorld({ mode: 'production' }, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.page.setViewportSize({ width: 320, height: 640 })
    await ada.sees('Choose an account.')
    await isFine(ada, 'signed out')
    await ada.signIn('Google')
    await ada.sees('This page has an access token.')
    await isFine(ada, 'connected')
    await ada.clicks('Disconnect Google')
    await isFine(ada, 'asked')
    assert.equal(await ada.page.getByRole('button', { name: 'Keep it' }).evaluate((button) => button === document.activeElement), true)
    await ada.page.goto(`/?error=oauth-provider-error&state=${await ada.begins('google')}`)
    await ada.sees('Could not connect Google.')
    await isFine(ada, 'failed')
  })
})

for (const width of [1280, 320]) {
  test(`no button moves when the access token comes, at ${width} pixels`, async () => {
    await inWorld({ mode: 'production' }, async (world) => {
      const ada = await world.person('ada@example.com')
      await ada.page.setViewportSize({ width, height: 720 })
      let letItCome = () => {}
      const mayCome = new Promise<void>((resolve) => (letItCome = resolve))
      await ada.page.route(world.graphql, async (route) => {
        if (route.request().postData()?.includes('accessToken(') === true) await mayCome
        await route.continue()
      })
      await ada.signIn('Google')
      await ada.sees('This page has no access token yet.')
      const before = await ada.buttons()
      letItCome()
      await ada.sees('This page has an access token.')
      assert.deepEqual(await ada.buttons(), before)
    })
  })
}

test('the built page has no script and no style in it, for a strict policy', async () => {
  const { folder } = await built('production', 'app')
  const html = await readFile(`${folder}/index.html`, 'utf8')
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/)
})

async function isFine({ page }: Person, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // Past the page's policy, which lets no script in.
    const found: unknown = await page.evaluate(`${axe}; axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`)
    assert.deepEqual(found, [], `${state}, ${colorScheme}`)
  }
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, `${state} is wider`)
}
