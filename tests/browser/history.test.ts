import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Story } from './harness/story.ts'
import { story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google' } }

/** Ada has come back from her sign-in with Google. */
async function back(story: Story): Promise<Tab> {
  const [tab] = await story.visit()
  await tab.click('google', 'connect')
  await tab.consent()
  await tab.sees('google', 'connected')
  assert.equal(tab.count('connectProvider'), 1)
  return tab
}

async function assertConnectedOnce(tab: Tab): Promise<void> {
  await tab.sees('google', 'connected')
  assert.equal(tab.count('connectProvider'), 1)
  assert.deepEqual(await tab.events('failed'), [])
  assert.equal(await tab.page.locator('provider-connections [role=alert]').filter({ hasText: /\S/ }).count(), 0)
  assert.equal(new URL(tab.page.url()).search, '')
}

test(
  'a reload after the callback connects nothing again',
  story({ page }, async (story) => {
    const tab = await back(story)
    await tab.page.reload()
    await assertConnectedOnce(tab)
  }),
)

test(
  'the back button after the callback leads to the page from before, which connects nothing again',
  story({ page }, async (story) => {
    const tab = await back(story)
    // Over the consent page, to where "connect" was clicked.
    await tab.page.goBack()
    await tab.page.goBack()
    assert.equal(new URL(tab.page.url()).origin, story.site.origin)
    await assertConnectedOnce(tab)
    await tab.page.goForward()
    await tab.page.goForward()
    assert.equal(new URL(tab.page.url()).origin, story.site.origin)
    await assertConnectedOnce(tab)
  }),
)

test(
  'the back button on the consent page leads to a page whose buttons work',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.page.locator('button[value=allow]').waitFor()
    await tab.page.goBack()
    await tab.sees('google', 'not-connected')
    assert.equal(tab.count('connectProvider'), 0)
    await tab.click('google', 'connect')
    await tab.consent()
    await assertConnectedOnce(tab)
  }),
)

test(
  'the page keeps the parameters and the fragment that are its own',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    await tab.page.goto(`${story.site.origin}/?view=accounts#list`)
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
    assert.equal(tab.page.url(), `${story.site.origin}/?view=accounts#list`)
  }),
)
