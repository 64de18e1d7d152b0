import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assertKeepsNoToken } from '../harness/remains.ts'
import { demo } from './demo.ts'

test(
  'a person who clicks through the story sees each step ticked off, and no token stays behind',
  demo({}, async (demo) => {
    const { tab } = demo
    const keepsNone = async () => await assertKeepsNoToken(tab, demo.backend, await demo.ada(), ['google'])
    await demo.isAt([], 'connected')

    await demo.connect()
    await demo.isAt(['connected'], 'used')
    await demo.says('calls', /fetches the tokens, once · Google/)
    await demo.says('who', 'ada@example.com')

    await demo.click('use')
    await demo.isAt(['connected', 'used'], 'renewed')
    const answers = demo.at('answers').locator('li')
    const shown = async (index: number) => (await answers.nth(index).locator('.token').textContent()) ?? ''
    const first = await shown(0)
    assert.match(first, /^…\S{4}$/, 'four characters of it and no more')
    await keepsNone()

    await demo.click('hour')
    await demo.says('ends', /expired/)
    await demo.click('use')
    await demo.isAt(['connected', 'used', 'renewed'], 'survived')
    assert.notEqual(await shown(0), first)
    assert.match((await answers.nth(0).textContent()) ?? '', /200 works/)
    // What a page that keeps its token has by now.
    assert.equal(await shown(1), first)
    assert.match((await answers.nth(1).textContent()) ?? '', /401 has expired/)

    await demo.click('down')
    await demo.says('is-up', 'down')
    await demo.refresh()
    await tab.sees('google', 'failing')
    await demo.click('down')
    await demo.says('is-up', 'up')
    await demo.refresh()
    await tab.sees('google', 'connected')
    await demo.isAt(['connected', 'used', 'renewed', 'survived'], 'revoked')

    await demo.click('revoke')
    await demo.says('grant', 'revoked')
    await demo.click('morning')
    await demo.says('world-said', /no token/)
    await tab.sees('google', 'sign-in-again')
    await demo.isAt(['connected', 'used', 'renewed', 'survived', 'revoked'], 'healed')
    await keepsNone()

    // The page is left for the sign-in, and forgets what it has shown; the server does not.
    await tab.click('google', 'sign-in-again')
    await tab.consent()
    await tab.sees('google', 'connected')
    await demo.isAt(['connected', 'used', 'renewed', 'survived', 'revoked', 'healed'], 'notified')
    await keepsNone()
    assert.equal(tab.page.url(), `${demo.backend.server.origin}/`)
  }),
)

test(
  'the story leads to the next click, whose button is marked and found by the keyboard',
  demo({}, async (demo) => {
    const { page } = demo.tab
    const next = async (id: string) => await page.locator(`#${id}[data-next]`).waitFor()
    const showMe = page.getByRole('button', { name: 'Show me where' })
    await next('window')
    await showMe.focus()
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('provider-connections').evaluate((element) => element.shadowRoot?.activeElement?.closest('[data-provider]')?.getAttribute('data-provider')), 'google')
    await demo.connect()
    await next('use')
    await showMe.focus()
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'use')
    await page.keyboard.press('Enter')
    await next('hour')
    await demo.click('hour')
    await next('use')
    await demo.click('use')
    await next('down')
  }),
)
