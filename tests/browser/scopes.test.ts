import assert from 'node:assert/strict'
import { test } from 'node:test'

import { serveApp } from './harness/app.ts'
import { directly } from './harness/backend.ts'
import { type Story, story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly'
const DRIVE = 'https://www.googleapis.com/auth/drive.readonly'
const attributes = { providers: 'google github', 'scopes-google': `openid ${CALENDAR}`, 'scopes-github': 'user:email' }

/** Ada has connected Google and GitHub; then the app began to ask for the calendar, as its operator has set up. */
async function before(story: Story): Promise<Tab> {
  const { backend, site } = story
  const ada = await story.person('ada@example.com')
  for (const provider of ['google', 'github']) await backend.connected(ada.user, provider)
  const { origin } = await backend.replica({ PROVIDER_GOOGLE_SCOPES: `openid email profile ${CALENDAR}` })
  await serveApp(site, origin, backend.auth, { attributes })
  return await ada.open()
}

test(
  'a connection that lacks a scope says which, and one button asks for it',
  story({}, async (story) => {
    const tab = await before(story)
    await tab.sees('google', 'needs-access')
    await tab.sees('github', 'connected')
    const row = tab.row('google')
    assert.equal(await row.locator('[part=scopes]').first().innerText(), 'calendar.readonly')
    assert.equal(await tab.button('google', 'sign-in-again').innerText(), 'Allow access')
    assert.equal(await tab.button('google', 'refresh').isVisible(), false, 'one action')
    const leaving = tab.page.waitForRequest('**/signin/provider/google?**')
    await tab.click('google', 'sign-in-again')
    // The provider is to ask again, and to keep what was granted.
    const { searchParams } = new URL((await leaving).url())
    assert.equal(searchParams.get('upstreamParams[prompt]'), 'consent')
    assert.equal(searchParams.get('upstreamParams[include_granted_scopes]'), 'true')
    assert.equal(searchParams.get('connect'), null)
    await tab.page.locator('button[value=allow]').waitFor()
    const asked = tab.sent.filter(({ query }) => query.includes('providerSignInUrl'))
    assert.equal(asked.length, 1)
    assert.ok(asked[0]?.query.includes(`"scopes":["${CALENDAR}"]`), asked[0]?.query)
    await tab.consent()
    await tab.sees('google', 'connected')
    assert.equal(tab.count('connectProvider'), 1)
    assert.deepEqual(await tab.events('failed'), [])
  }),
)

test(
  'a scope that no sign-in of the app asks for is said to be the app’s fault, and the page stays',
  story({}, async (story) => {
    const tab = await before(story)
    await tab.sees('google', 'needs-access')
    await tab.page.locator('provider-connections').evaluate((element, scopes) => element.setAttribute('scopes-google', scopes), DRIVE)
    await tab.row('google').getByText('drive.readonly').waitFor()
    await tab.click('google', 'sign-in-again')
    assert.equal((await tab.event('failed'))['code'], 'SCOPE_NOT_CONFIGURED')
    await tab.row('google').locator('[role=alert]').filter({ hasText: /isn’t set up to ask Google/ }).waitFor()
    assert.equal(await tab.row('google').locator('[part=summary]').isVisible(), false, 'one message')
    assert.deepEqual(await tab.events('signin'), [])
  }),
)

test(
  'a connection that has ended is restored, whatever else it lacks',
  story({ page: { attributes: { providers: 'google', 'scopes-google': DRIVE } }, settings: (auth) => directly(auth) }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    await backend.connected(ada.user, 'google')
    const tab = await ada.open()
    await tab.sees('google', 'needs-access')
    await backend.control(`grants/${ada.user.id}/google/revoke`)
    await backend.raw(ada.user, 'mutation { refreshProviderToken(provider: google) { id } }')
    await tab.look()
    await tab.sees('google', 'sign-in-again')
    assert.equal(await tab.button('google', 'sign-in-again').innerText(), 'Sign in again')
    await tab.click('google', 'sign-in-again')
    await tab.consent()
    // No sign-in of this app asks for it.
    await tab.sees('google', 'needs-access')
    assert.equal(tab.count('connectProvider'), 1)
    assert.deepEqual(await tab.events('failed'), [])
  }),
)

test(
  'an app that needs no scopes, or granted ones alone, is told nothing of them',
  story({}, async (story) => {
    const tab = await before(story)
    await tab.sees('google', 'needs-access')
    const needs = async (scopes: string) =>
      await tab.page.locator('provider-connections').evaluate((element, scopes) => element.setAttribute('scopes-google', scopes), scopes)
    // Google's `email` has another name, too: the server knows.
    await needs('https://www.googleapis.com/auth/userinfo.email, openid')
    await tab.sees('google', 'connected')
    await needs(CALENDAR)
    await tab.sees('google', 'needs-access')
    await tab.page.locator('provider-connections').evaluate((element) => element.removeAttribute('scopes-google'))
    await tab.sees('google', 'connected')
  }),
)
