import assert from 'node:assert/strict'
import { test } from 'node:test'

import { begun } from './harness/begun.ts'
import { story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'

const page = { attributes: { providers: 'google' } }

/** What the user did themselves: nothing went wrong, and nothing is an alert. */
const CALM = ['SIGN_IN_CANCELLED', 'SIGN_IN_UNFINISHED']

/** Back from a sign-in that failed: said once, in our words, and nothing was connected. */
async function assertSaid(tab: Tab, code: string, words: RegExp): Promise<void> {
  const failed = await tab.event('failed')
  assert.equal(failed['code'], code)
  assert.equal(failed['provider'], 'google')
  const alerts = tab.page.locator('provider-connections [role=alert]')
  if (CALM.includes(code)) {
    await tab.row('google').locator('[part=note]').filter({ hasText: words }).waitFor()
    assert.equal(await alerts.filter({ hasText: /\S/ }).count(), 0)
  } else await alerts.filter({ hasText: words }).waitFor()
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
    await assertSaid(tab, 'SIGN_IN_FAILED', /didn’t work/)
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
      await tab.visit(undefined, { state: await begun(tab.page, 'google'), ...parameters })
      await assertSaid(tab, 'SIGN_IN_FAILED', /didn’t work/)
      const shown = await tab.page.locator('body').innerText()
      const [failed] = await tab.events('failed')
      for (const text of [shown, JSON.stringify(failed)]) assert.doesNotMatch(text, /0800|EVIL|onerror|__proto__|constructor/)
      assert.equal(await tab.page.locator('img').count(), 0)
    }
  }),
)

test(
  'a state that is not of the element’s does nothing, and a page keeps its own parameters',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    const challenge = 'a'.repeat(43)
    const states = ['', 'evil', '__proto__', `provider-connection.constructor.${challenge}`, `provider-connection.GOOGLE.${challenge}`, 'provider-connection.google', `x.google.${challenge}`]
    for (const state of states) {
      await tab.visit(undefined, { state, error: 'mine', errorDescription: 'of the app' })
      await tab.sees('google', 'not-connected')
      assert.equal(tab.count('connectProvider'), 0, state)
      assert.deepEqual(await tab.events('failed'), [], state)
      assert.equal(new URL(tab.page.url()).searchParams.get('error'), 'mine')
    }
  }),
)

test(
  'a forged way back connects nothing, says that it was not begun here, and leaves the sign-in of this tab alone',
  story({ page }, async (story) => {
    const ada = await story.person('ada@example.com')
    // There would be something to connect.
    await story.backend.signIn(ada.user, 'google')
    const mallory = await story.person('mallory@example.com')
    const tab = await ada.tab()
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'not-connected')
    // The app exchanges what is in the address, and finds nothing there.
    const exchanged: string[] = []
    tab.page.on('request', (request) => void exchanged.push(request.postData() ?? ''))
    const theirs = await story.backend.session(mallory.email)
    await tab.visit(theirs, { state: `provider-connection.google.${'a'.repeat(43)}` })
    await assertSaid(tab, 'SIGN_IN_NOT_BEGUN_HERE', /not started in this tab/)
    await tab.sees('google', 'not-connected')
    assert.deepEqual(exchanged.filter((body) => body.includes(theirs)), [])
    assert.deepEqual(await story.backend.ask(ada.user, '{ providerConnections { id } }'), { providerConnections: [] })
  }),
)

test(
  'a link to sign in that another person has made and sent connects nothing in the browser that follows it',
  story({ page }, async (story) => {
    const [mallorys] = await story.visit('mallory@example.com')
    await mallorys.sees('google', 'not-connected')
    await mallorys.page.evaluate(() => (window.app.stays = true))
    await mallorys.click('google', 'connect')
    const { url } = await mallorys.event('signin')

    const [adas, ada] = await story.visit('ada@example.com')
    await adas.sees('google', 'not-connected')
    await adas.page.goto(String(url))
    await adas.consent({ account: 'ada@example.com' })
    await assertSaid(adas, 'SIGN_IN_NOT_BEGUN_HERE', /followed somebody’s link, remove this app/)
    await adas.sees('google', 'not-connected')
    assert.deepEqual(await story.backend.ask(ada, '{ providerConnections { id } }'), { providerConnections: [] })
  }),
)

test(
  'a sign-in that took longer than Nhost Auth allows says so where the app’s front page has the element',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.page.locator('button[value=allow]').waitFor()
    await story.backend.advance(60)
    await tab.consent()
    await assertSaid(tab, 'SIGN_IN_TOO_SLOW', /took longer than a minute[^]*try again/)
    await tab.sees('google', 'not-connected')
  }),
)

test(
  'a front page without the element hands a denied sign-in back to the page where it began',
  story({ page, nhost: (app) => ({ SIMULATOR_CLIENT_URL: `${app}/front` }) }, async (story) => {
    const { pages } = story.site
    const module = "import { handleReturn } from '/provider-connections.js'\nhandleReturn()\n"
    pages.set('/front.js', { body: module, type: 'text/javascript' })
    pages.set('/front', { body: '<!doctype html><title>Front</title><script type="module" src="/front.js"></script>', type: 'text/html' })
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.consent({ decision: 'deny' })
    await tab.page.waitForURL((url) => url.pathname === '/')
    await assertSaid(tab, 'SIGN_IN_CANCELLED', /cancelled[^]*try again/)
    await tab.page.reload()
    await tab.sees('google', 'not-connected')
    assert.deepEqual(await tab.events('failed'), [], 'it is said once')
  }),
)

test(
  'a sign-in that the user leaves by the back button is said to be unfinished',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.page.locator('button[value=allow]').waitFor()
    await tab.page.goBack()
    await assertSaid(tab, 'SIGN_IN_UNFINISHED', /not finished[^]*try again/)
    await tab.sees('google', 'not-connected')
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)

test(
  'a page that the back button brings back as it was says the same',
  story({ page }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    // The navigation never gets anywhere, and the page is shown again: what the back-forward cache does.
    await tab.page.route('**/signin/provider/**', async (route) => await route.fulfill({ status: 204 }))
    await tab.click('google', 'connect')
    await tab.event('signin')
    await tab.page.waitForFunction(() => sessionStorage.getItem('provider-connection')?.includes('"left":true'))
    await tab.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await assertSaid(tab, 'SIGN_IN_UNFINISHED', /not finished/)
    await tab.sees('google', 'not-connected')
  }),
)

test(
  'a new user is told to sign up first where nobody becomes a user by signing in',
  story({ page, nhost: () => ({ SIMULATOR_SIGN_UP: 'on-request' }) }, async (story) => {
    const tab = await (await story.person('ada@example.com')).tab()
    await tab.visit()
    await tab.page.getByText('You’re not signed in').waitFor()
    await tab.click('google', 'connect')
    await tab.consent({ account: 'nobody@example.com' })
    await assertSaid(tab, 'NOT_SIGNED_UP', /Sign up first/)
  }),
)

test(
  'with two accounts of a provider at an older Nhost Auth the user is told to unlink one, not to sign in for ever',
  story({ page, nhost: () => ({ SIMULATOR_TWO_ACCOUNTS_FAULT: 'true' }) }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    for (const account of ['ada@example.com', 'countess@example.com']) {
      await backend.control('sign-in', { userId: ada.user.id, provider: 'google', account })
    }
    const tab = await ada.open()
    await tab.click('google', 'connect')
    await tab.consent({ account: 'third@example.com' })
    assert.equal((await tab.event('failed'))['code'], 'PROVIDER_SESSION_NOT_FOUND')
    await tab.settled('google')
    await tab.click('google', 'connect')
    await tab.consent({ account: 'fourth@example.com' })
    assert.equal((await tab.event('failed'))['code'], 'PROVIDER_SESSION_MISSING_AGAIN')
    await tab.page.locator('provider-connections [role=alert]').filter({ hasText: /two Google accounts[^]*unlinked/ }).waitFor()
    // What the people who run the app do about it.
    for (const name of ['ada', 'countess', 'third', 'fourth']) {
      await backend.control('unlink', { userId: ada.user.id, provider: 'google', account: `${name}@example.com` })
    }
    await tab.settled('google')
    await tab.click('google', 'connect')
    await tab.consent({ account: 'fourth@example.com' })
    await tab.sees('google', 'connected')
  }),
)
