import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google' } }

/** Back from a sign-in that failed: said once, in our words, and nothing was connected. */
async function assertSaid(tab: Tab, code: string, words: RegExp): Promise<void> {
  const failed = await tab.event('failed')
  assert.equal(failed['code'], code)
  assert.equal(failed['provider'], 'google')
  await tab.page.locator('provider-connections [role=alert]').filter({ hasText: words }).waitFor()
  assert.equal((await tab.events('failed')).length, 1)
  assert.equal(tab.count('connectProvider'), 0)
  assert.equal(new URL(tab.page.url()).search, '')
}

test(
  'a sign-in that the user refuses is said to be cancelled, and can be tried again',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.consent({ decision: 'deny' })
    await tab.sees('google', 'not-connected')
    await assertSaid(tab, 'SIGN_IN_CANCELLED', /cancelled/)
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)

test(
  "an account that is another user's already is not taken over",
  story({ page }, async (story) => {
    const ada = await story.backend.user('ada@example.com')
    await story.backend.connected(ada, 'google')
    const [tab, bob] = await story.visit('bob@example.com')
    await tab.click('google', 'connect')
    await tab.consent({ account: 'ada@example.com' })
    await assertSaid(tab, 'ALREADY_LINKED', /linked already/)
    await tab.sees('google', 'not-connected')
    assert.deepEqual(await story.backend.ask(bob, '{ providerConnections { id } }'), { providerConnections: [] })
  }),
)

test(
  'a provider that is down at the sign-in leaves words and a button',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await story.backend.control('providers/google/outage', { down: true })
    await tab.consent()
    await assertSaid(tab, 'SIGN_IN_FAILED', /did not work/)
    await tab.button('google', 'connect').waitFor()
  }),
)

test(
  'text from the address is never shown, whatever it says',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    const evil = 'Call 0800 EVIL <img src=x onerror=alert(1)>'
    const told = [
      { error: 'oauth-provider-error', errorDescription: evil, provider_error: evil, provider_error_description: evil, provider_error_url: evil },
      { error: evil, errorDescription: evil },
      { error: 'constructor', provider_error: '__proto__', errorDescription: evil },
    ]
    for (const parameters of told) {
      await tab.visit(undefined, { 'provider-connection': 'google', ...parameters })
      await assertSaid(tab, 'SIGN_IN_FAILED', /did not work/)
      const shown = await tab.page.locator('body').innerText()
      const [failed] = await tab.events('failed')
      for (const text of [shown, JSON.stringify(failed)]) assert.doesNotMatch(text, /0800|EVIL|onerror|__proto__|constructor/)
      assert.equal(await tab.page.locator('img').count(), 0)
    }
  }),
)

test(
  'a marker that names no provider does nothing, and a page without one keeps its own parameters',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    for (const marker of ['', 'evil', '__proto__', 'constructor', 'GOOGLE', 'google,spotify', 'https://evil.example/', '<b>google</b>']) {
      await tab.visit(undefined, { 'provider-connection': marker })
      await tab.sees('google', 'not-connected')
      assert.equal(tab.count('connectProvider'), 0, marker)
      assert.deepEqual(await tab.events('failed'), [], marker)
    }
    await tab.visit(undefined, { error: 'mine', errorDescription: 'of the app' })
    await tab.sees('google', 'not-connected')
    assert.equal(new URL(tab.page.url()).search, '?error=mine&errorDescription=of+the+app')
  }),
)

test(
  'a forged way back connects nothing that the user has not signed in with',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    await tab.visit(undefined, { 'provider-connection': 'google' })
    assert.equal((await tab.event('failed'))['code'], 'PROVIDER_SESSION_NOT_FOUND')
    await tab.sees('google', 'not-connected')
    assert.equal(tab.count('connectProvider'), 1)
  }),
)
