import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'

const page = (attributes: Record<string, string>) => ({ attributes: { providers: 'google', ...attributes } })

test(
  'German is shipped: by attribute, by the lang around the element, or by the browser',
  story({ page: page({}) }, async (story) => {
    const german = await story.person('ada@example.com', { locale: 'de-DE' })
    const index = story.site.pages.get('/')
    assert.ok(index)
    story.site.pages.set('/', { ...index, body: index.body.replace('<html lang="en">', '<html>') })
    const tab = await german.open()
    await tab.row('google').getByText('Nicht verbunden').waitFor()
    await tab.page.evaluate(() => document.querySelector('provider-connections')?.setAttribute('locale', 'en'))
    await tab.row('google').getByText('Not connected').waitFor()
    await tab.page.evaluate(() => document.querySelector('provider-connections')?.setAttribute('locale', 'de-AT'))
    await tab.row('google').getByText('Nicht verbunden').waitFor()

    story.site.pages.set('/', { ...index, body: index.body.replace('<main>', '<main lang="de">') })
    const [around] = await story.visit('bob@example.com')
    await around.row('google').getByText('Nicht verbunden').waitFor()

    story.site.pages.set('/', index)
    const [english] = await story.visit('bob@example.com', { locale: 'de-DE' })
    await english.row('google').getByText('Not connected').waitFor()
  }),
)

test(
  "the app's own strings replace the shipped ones, as text and not as HTML",
  story({ page: page({}) }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    await tab.page.evaluate(() => {
      const element = document.querySelector('provider-connections')
      if (element) Object.assign(element, { strings: { notConnected: '<b>Nothing</b> here yet', connect: 'Join up' } })
    })
    await tab.row('google').getByText('<b>Nothing</b> here yet').waitFor()
    assert.equal(await tab.button('google', 'connect').innerText(), 'Join up')
    assert.equal(await tab.row('google').locator('b').count(), 0)
  }),
)

test(
  'providers says which are shown, in which order, and may change; what is no provider is left out',
  story({ page: page({ providers: 'spotify, google' }) }, async (story) => {
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    await story.backend.connected(ada.user, 'github')
    const tab = await ada.open()
    const shown = async () => await tab.page.locator('provider-connections [part~=provider]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-provider')))
    await tab.sees('google', 'connected')
    assert.deepEqual(await shown(), ['spotify', 'google'])
    const set = async (providers: string) =>
      await tab.page.evaluate((providers) => document.querySelector('provider-connections')?.setAttribute('providers', providers), providers)
    await set('github google evil __proto__ <b> google')
    await tab.sees('github', 'connected')
    assert.deepEqual(await shown(), ['github', 'google'])
    await tab.page.evaluate(() => document.querySelector('provider-connections')?.removeAttribute('providers'))
    await tab.sees('github', 'connected')
    assert.deepEqual(await shown(), ['github', 'google'])
  }),
)
