import assert from 'node:assert/strict'
import { test } from 'node:test'

import { demo, type Demo, type Step } from './demo.ts'

const ALL: Step[] = ['connected', 'used', 'renewed', 'survived', 'revoked', 'healed', 'notified', 'neighbour', 'switched', 'granted', 'disconnected']

/** Each press of the tour's button: at which step, what the button says, and what it says beside it then. */
const PRESSES: [Step, string, RegExp][] = [
  ['used', 'Use the token', /200 works/],
  ['renewed', 'Wait an hour', /An hour has passed/],
  ['renewed', 'Use the token', /200 works.*401 has expired/],
  ['survived', 'Take Google down', /is down/],
  ['survived', 'Refresh Google', /Google can.t be reached/],
  ['survived', 'Bring Google back', /is back/],
  ['survived', 'Refresh Google', /refreshed the access token/],
  ['revoked', 'Revoke the grant', /has revoked the grant/],
  ['revoked', 'Wait 4 hours', /0 of 8 calls to Google worked/],
  ['healed', 'Sign in again', /^$/],
  ['notified', 'Send a forged webhook', /answered 401/],
  ['neighbour', 'Revoke Bob’s grant', /Bob: Sign in again\. You: 8 of 8 calls to Google worked/],
  ['switched', 'Sign in with another account', /ada\.work@example\.com/],
  ['granted', 'Let the agent ask', /Refused/],
  ['granted', 'Grant access', /granted the agent access/],
  ['granted', 'Let the agent ask', /got a token for Google, and it works/],
]

/** Fails unless all of these are in the window at once, whole. */
async function inOneView(demo: Demo, selectors: string[], at: string): Promise<void> {
  const { page } = demo.tab
  const places = await Promise.all(selectors.map(async (selector) => ({ selector, box: await page.locator(selector).first().boundingBox() })))
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  for (const { selector, box } of places) {
    assert.ok(box && box.y >= 0 && box.y + box.height <= height && box.x >= 0 && box.x + box.width <= width, `${at}: ${selector} is at ${JSON.stringify(box)} of ${width}×${height}`)
  }
}

/** Signs in by the tour's button; the page then shows the tour by itself. */
async function signIn(demo: Demo): Promise<void> {
  await demo.at('do').click()
  await demo.tab.consent()
  await demo.tab.sees('google', 'connected')
  await demo.tab.page.waitForFunction(() => Math.abs(document.getElementById('tour')?.getBoundingClientRect().top ?? 99) < 20)
}

for (const [width, height] of [
  [320, 568],
  [375, 667],
] as const) {
  test(
    `at ${width} pixels the whole tour is one button, with the step and its effect in the same view`,
    demo({ viewport: { width, height } }, async (demo) => {
      const { page } = demo.tab
      await demo.isAtStep('connected', 'Connect Google')
      // What it is about and where to begin, before anything is scrolled.
      await inOneView(demo, ['h1', '#step-title', '#do'], 'at first')
      await signIn(demo)
      for (const [step, button, effect] of PRESSES) {
        await demo.isAtStep(step, button)
        if (step === 'healed') {
          await inOneView(demo, ['#step-title', '#step-task', '#do', '#effect-status'], step)
          await signIn(demo)
          continue
        }
        await demo.click('do')
        await demo.says('step-said', effect)
        await inOneView(demo, ['#step-title', '#do', '#effect-status', '#step-said'], `${step}: ${button}`)
      }
      await demo.isAtStep('disconnected', 'Disconnect Google')
      await demo.at('do').click()
      await demo.isAtStep('disconnected', 'Confirm')
      await inOneView(demo, ['#step-title', '#do', '#effect-status'], 'disconnected')
      await demo.at('do').click()
      await demo.isAt(ALL, null)
      await demo.says('effect-status', 'Not connected')
      await demo.says('step-said', 'Google is disconnected')
      await inOneView(demo, ['#finished', '#effect-status', '#step-said'], 'finished')
      // The connection's events are gone, and the tour is not.
      await page.reload()
      await demo.tab.sees('google', 'not-connected')
      await demo.isAt(ALL, null)
    }),
  )
}

test(
  'disconnecting in the middle of the tour loses no step, and another user begins a tour of their own',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.click('use')
    await demo.isAt(['connected', 'used'], 'renewed')
    await demo.tab.click('google', 'disconnect')
    await demo.tab.click('google', 'confirm')
    await demo.isAt(['connected', 'used', 'disconnected'], 'renewed')
    await demo.says('step-task', 'remembers your progress')
    await demo.isAtStep('renewed', 'Connect Google')
    await demo.at('do').click()
    await demo.tab.consent()
    await demo.tab.sees('google', 'connected')
    await demo.isAtStep('renewed', 'Wait an hour')
    await demo.tab.visit(await demo.backend.session('eve@example.com'))
    await demo.says('who', 'eve@example.com')
    await demo.isAt([], 'connected')
  }),
)

test(
  'each provider has a tour of its own',
  demo({}, async (demo) => {
    await demo.connect('google')
    await demo.isAt(['connected'], 'used')
    await demo.tab.page.getByText('GitHub', { exact: true }).and(demo.tab.page.locator('#pick span')).click()
    await demo.isAtStep('connected', 'Connect GitHub')
    await demo.isAt([], 'connected')
  }),
)

test(
  'a page of a demo that was started again begins anew, and asks nobody with the old session',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await demo.connect()
    await page.evaluate(() => {
      const [, token = ''] = (sessionStorage.getItem('nhost-auth-refresh-token') ?? '').split(' ')
      sessionStorage.setItem('nhost-auth-refresh-token', `another-run ${token}`)
    })
    await demo.backend.control('calls', undefined, 'DELETE')
    // What a page hears whose demo is over.
    const loaded = page.waitForEvent('load')
    await page.route('**/demo/webhooks', async (route) => await route.fulfill({ json: { run: 'another-run', webhooks: [] } }), { times: 1 })
    await loaded
    await demo.says('who', 'Nobody is signed in')
    await demo.tab.sees('google', 'not-connected')
    const calls = await demo.backend.control('calls', undefined, 'GET')
    assert.ok(!JSON.stringify(calls).includes('"endpoint":"token"'), JSON.stringify(calls))
  }),
)
