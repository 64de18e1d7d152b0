import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directly } from './harness/backend.ts'
import { type Story, story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google github' } }
const AGENT = 'https://agent.example/oauth/client.json'

/** Ada is connected, and has granted an app access to Google. */
async function granted(story: Story): Promise<Tab> {
  const { backend } = story
  const ada = await story.person('ada@example.com')
  for (const provider of ['google', 'github']) await backend.connected(ada.user, provider)
  await backend.ask(ada.user, `mutation { grantProviderAccess(clientId: "${AGENT}", provider: google) { clientId } }`)
  const tab = await ada.open()
  await tab.sees('google', 'connected')
  return tab
}

test(
  'the user sees which app has access to which account',
  story({ page }, async (story) => {
    const tab = await granted(story)
    await tab.row('google').locator('[part=access]').getByText(AGENT, { exact: true }).waitFor()
    assert.match(await tab.row('google').locator('[part=access]').innerText(), /Apps with access[^]*Not used yet/)
    assert.equal(await tab.row('github').locator('[part=access]').isVisible(), false)
  }),
)

test(
  'access is revoked once, and only after it is confirmed',
  story({ page }, async (story) => {
    const tab = await granted(story)
    const access = tab.row('google').locator('[part=access]')
    const confirm = access.locator('button[data-action=confirm]')
    await tab.click('google', 'revoke')
    await access.locator('button[data-action=cancel]').click()
    assert.equal(await confirm.isVisible(), false)
    assert.equal(tab.count('revokeProviderAccess'), 0)
    await tab.click('google', 'revoke')
    await confirm.click()
    assert.deepEqual(await tab.event('revoked'), { provider: 'google', clientId: AGENT })
    await access.waitFor({ state: 'hidden' })
    assert.equal(tab.count('revokeProviderAccess'), 1)
    assert.deepEqual(await tab.events('failed'), [])
    await tab.sees('google', 'connected')
  }),
)

test(
  'what is granted elsewhere shows by itself',
  story({ page, settings: (auth) => directly(auth) }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    await backend.connected(ada.user, 'google')
    const tab = await ada.tab()
    const listening = tab.listens()
    await tab.visit(await backend.session(ada.email))
    await listening
    await tab.sees('google', 'connected')
    await backend.ask(ada.user, `mutation { grantProviderAccess(clientId: "${AGENT}", provider: google) { clientId } }`)
    await tab.row('google').getByText(AGENT, { exact: true }).waitFor()
    await backend.ask(ada.user, `mutation { revokeProviderAccess(clientId: "${AGENT}") { clientId } }`)
    await tab.row('google').locator('[part=access]').waitFor({ state: 'hidden' })
  }),
)
