import assert from 'node:assert/strict'
import { test } from 'node:test'

import { intercept } from '../harness/browser.ts'
import { demo, type Demo } from './demo.ts'

/** Picks the provider of this name to simulate. */
async function pick({ tab: { page } }: Demo, name: string): Promise<void> {
  await page.getByText(name, { exact: true }).and(page.locator('#pick span')).click()
}

test(
  'without a sign-in there is nothing to end, and using a token says what to do',
  demo({}, async (demo) => {
    await demo.says('grant', 'none yet')
    for (const control of ['expire', 'rotate', 'revoke'] as const) assert.ok(await demo.at(control).isDisabled(), control)
    await demo.click('use')
    await demo.says('answers', 'You are not signed in.')
  }),
)

test(
  'a token that the provider ends early is refused there until the list refreshes it',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.click('expire')
    await demo.says('world-said', 'Google has expired the access token early')
    await demo.click('use')
    await demo.says('answers', /401 has expired.*Refresh Google in the list/)
    await demo.refresh()
    await demo.says('calls', /refreshes the access token/)
    await demo.click('use')
    await demo.says('answers', /200 works/)
  }),
)

test(
  'a refresh token that rotates is followed, refresh after refresh',
  demo({}, async (demo) => {
    await demo.connect()
    const ada = await demo.ada()
    const kept = async () => (await demo.backend.tokens(ada, 'google'))[1]
    await demo.click('rotate')
    await demo.says('world-said', 'works once')
    for (const generation of [1, 2]) {
      const before = await kept()
      const refreshes = demo.at('calls').locator('[data-endpoint=refreshProviderToken]')
      await demo.refresh()
      await refreshes.nth(generation - 1).waitFor()
      await demo.tab.sees('google', 'connected')
      assert.notEqual(await kept(), before)
    }
    await demo.tab.row('google').locator('summary').click()
    await demo.tab.row('google').getByText(/refresh token replaced/).first().waitFor()
  }),
)

test(
  'time passes for the list as well: the clock, and when the token ends',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.says('ahead', 'same as yours')
    await demo.tab.row('google').locator('summary').click()
    await demo.tab.row('google').getByText(/in (1 hour|59 minutes|60 minutes)/).waitFor()
    await demo.click('ten')
    await demo.says('ahead', '10 min ahead')
    await demo.tab.row('google').getByText(/in (49|50) minutes/).waitFor()
    await demo.click('hour')
    await demo.says('ahead', '1 h 10 min ahead')
    await demo.tab.row('google').getByText(/ended|expired/).first().waitFor()
  }),
)

test(
  'a morning of use renews the token each hour where nothing is wrong',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.click('morning')
    const said = (await demo.at('world-said').textContent()) ?? ''
    const tokens = [...said.matchAll(/(…\S{4}) 200 works/g)].map(([, token]) => token)
    assert.equal(tokens.length, 8, said)
    assert.equal(new Set(tokens).size, 5, said)
    await demo.tab.sees('google', 'connected')
  }),
)

test(
  'while the provider is down the token that is alive is still handed out',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.click('down')
    await demo.refresh()
    await demo.tab.sees('google', 'failing')
    await demo.click('use')
    await demo.says('answers', /503 provider is down.*still handed out its stored token/)
    await demo.click('down')
    await demo.click('use')
    await demo.says('answers', /200 works/)
  }),
)

test(
  'a button says what it did, though the page looks again before it is done',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await demo.connect()
    const looked = async () => await page.waitForResponse((response) => response.url().endsWith('/google/outage') && response.request().method() === 'GET')
    await page.route('**/control/providers/google/outage', async (route) => {
      if (route.request().method() === 'POST') {
        // The second look begins when the first is over.
        await looked()
        await looked()
      }
      await route.continue()
    })
    await demo.click('down')
    await demo.says('world-said', 'Google is down')
    await demo.click('down')
    await demo.says('world-said', 'Google is back')
  }),
)

test(
  'another provider that is picked during a look is not ticked off for what the look has found about the first one',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await demo.connect('google')
    await demo.connect('gitlab')
    await pick(demo, 'Google')
    await demo.click('neighbour')
    await demo.says('bob-is', 'Sign in again')
    const ofBob = 'providerConnection(provider: $provider) { status }'
    const release = await demo.tab.hold(ofBob)
    await page.waitForRequest((request) => request.postData()?.includes(ofBob) === true)
    await pick(demo, 'GitLab')
    release()
    await demo.says('effect-name', 'GitLab')
    assert.notEqual(await page.locator('#steps [data-step=neighbour]').getAttribute('data-state'), 'done')
  }),
)

test(
  'after another provider is picked, what acts on its state waits until the page knows it',
  demo({}, async (demo) => {
    await demo.click('down')
    await demo.says('is-up', 'down')
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await intercept(demo.tab.page, '**/control/providers/github/outage', async (route) => {
      await released
      await route.continue()
    })
    await pick(demo, 'GitHub')
    for (const control of ['down', 'do'] as const) assert.ok(await demo.at(control).isDisabled(), control)
    release()
    await demo.at('down').filter({ hasText: 'Take GitHub down' }).waitFor()
    await demo.click('down')
    await demo.says('world-said', 'GitHub is down')
    await pick(demo, 'Google')
    await demo.at('down').filter({ hasText: 'Bring Google back' }).waitFor()
  }),
)

test(
  'an answer that comes after another provider was picked, or after a sign-out, is not shown',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await demo.connect()
    for (const leave of [async () => await pick(demo, 'GitHub'), async () => await demo.at('sign-out').click()]) {
      await pick(demo, 'Google')
      const release = await demo.tab.hold('{ accessToken }')
      await demo.at('use').click()
      await leave()
      release()
      await page.locator('#use:not([aria-busy])').waitFor()
      assert.equal(await demo.at('answers').locator('li').count(), 0)
      assert.equal(await demo.at('step-said').textContent(), '')
    }
  }),
)

test(
  'what is done to one provider is done to that one alone',
  demo({}, async (demo) => {
    await demo.connect('google')
    await demo.connect('gitlab')
    await demo.tab.page.getByRole('radio', { name: 'GitLab', checked: true }).waitFor()
    await demo.click('revoke')
    await demo.click('morning')
    await demo.tab.sees('gitlab', 'sign-in-again')
    await demo.tab.sees('google', 'connected')
    await pick(demo, 'Google')
    await demo.says('grant', 'active')
  }),
)

test(
  'all sixteen providers can be shown and picked, and a provider without a refresh token has no such story',
  demo({}, async (demo) => {
    const rows = demo.tab.page.locator('provider-connections [part~=provider]')
    await rows.nth(3).waitFor()
    assert.equal(await rows.count(), 4)
    await demo.click('all')
    await rows.nth(15).waitFor()
    assert.equal(await demo.tab.page.getByRole('radio').count(), 16)
    await demo.connect('facebook')
    await demo.says('story-note', 'Facebook gave no refresh token')
  }),
)

test(
  'a page that was reloaded knows its user, one that was signed out does not, and the server forgets nothing',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.at('sign-out').click()
    await demo.says('who', 'Nobody is signed in')
    await demo.tab.sees('google', 'not-connected')
    await demo.tab.visit(await demo.backend.session('ada@example.com'))
    await demo.tab.sees('google', 'connected')
    await demo.tab.page.reload()
    await demo.tab.sees('google', 'connected')
    await demo.says('who', 'ada@example.com')
    await demo.at('sign-out').click()
    await demo.says('who', 'Nobody is signed in')
    await demo.tab.page.reload()
    await demo.tab.sees('google', 'not-connected')
    await demo.says('who', 'Nobody is signed in')
  }),
)

test(
  'a refusal at the provider is said in the list, and a session that can’t be had above it',
  demo({}, async (demo) => {
    await demo.tab.click('google', 'connect')
    await demo.tab.consent({ decision: 'deny' })
    await demo.tab.row('google').locator('[part=note]').filter({ hasText: /cancelled/ }).waitFor()
    await demo.tab.visit('00000000-0000-0000-0000-000000000000')
    await demo.says('trouble', 'The sign-in did not succeed')
  }),
)
