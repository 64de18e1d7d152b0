import assert from 'node:assert/strict'
import { test } from 'node:test'

import { field } from '../harness/backend.ts'
import { demo } from './demo.ts'

test(
  'a webhook of each change arrives at the demo’s backend, which verifies it',
  demo({}, async (demo) => {
    await demo.connect()
    const webhooks = demo.at('hooks').locator('li')
    await webhooks.filter({ hasText: /Google: connected.*verified.*connection\.connected/ }).waitFor()
    await demo.says('effect-hook', /Webhook .*: connected \(verified\)/)
    await demo.click('down')
    await demo.refresh()
    await webhooks.filter({ hasText: /connection\.refresh_failing/ }).waitFor()
    await demo.click('down')
    await demo.refresh()
    await webhooks.filter({ hasText: /connection\.healed/ }).waitFor()
    // An hour later the server’s clock and the backend’s are both ahead of the machine’s.
    await demo.click('hour')
    await demo.click('revoke')
    await demo.click('morning')
    await webhooks.filter({ hasText: /verified.*connection\.reauthentication_required/ }).waitFor()
    assert.equal(await demo.at('hooks').locator('[data-ok=false]').count(), 0)
  }),
)

test(
  'a forged webhook is refused, and no news of other users is shown',
  demo({}, async (demo) => {
    await demo.says('no-hooks', 'None for you yet')
    assert.equal(await demo.at('hooks').locator('li').count(), 0)
    await demo.click('forge')
    await demo.says('step-said', 'answered 401')
    await demo.at('hooks').locator('[data-ok=false]').filter({ hasText: 'refused' }).waitFor()
    assert.equal(await demo.at('hooks').locator('li').count(), 1)
  }),
)

test(
  'Bob’s revoked grant ends his connection alone, and a sign-in of his heals it',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.says('bob-is', 'Connected')
    await demo.click('neighbour')
    await demo.says('bob-said', 'Bob: Sign in again. You: 8 of 8 calls to Google worked.')
    await demo.says('bob-is', 'Sign in again')
    await demo.says('you-are', 'Connected')
    await demo.tab.sees('google', 'connected')
    await demo.at('neighbour').filter({ hasText: 'Sign Bob in again' }).waitFor()
    await demo.click('neighbour')
    await demo.says('bob-is', 'Connected')
  }),
)

test(
  'a revoked grant of this user is found out while Bob’s has ended, too',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.click('neighbour')
    await demo.says('bob-is', 'Sign in again')
    await demo.click('revoke')
    await demo.click('morning')
    await demo.tab.sees('google', 'sign-in-again')
  }),
)

test(
  'without a connection of one’s own Bob is left alone',
  demo({}, async (demo) => {
    await demo.says('bob-is', 'Connected')
    await demo.click('neighbour')
    await demo.says('bob-said', 'You are not signed in')
    await demo.says('bob-is', 'Connected')
  }),
)

test(
  'another account replaces the tokens, is named by the server, and never gets those of the first',
  demo({}, async (demo) => {
    await demo.connect()
    await demo.says('effect-facts', 'ada@example.com')
    await demo.click('switch')
    const rows = demo.at('answers').locator('li')
    assert.match((await rows.nth(0).textContent()) ?? '', /Now.*200 works.*ada\.work@example\.com/)
    assert.match((await rows.nth(1).textContent()) ?? '', /Before.*"ada@example\.com"/)
    await demo.says('effect-facts', 'ada.work@example.com')
    await demo.at('hooks').getByText('connection.account_changed').waitFor()
    await demo.click('hour')
    await demo.click('use')
    await demo.says('answers', /From the server.*200 works.*ada\.work@example\.com/)
    // And back.
    await demo.click('switch')
    await demo.says('step-said', 'as ada@example.com')
  }),
)

test(
  'an agent gets a token once it is granted access, and none after that is revoked',
  demo({}, async (demo) => {
    for (const control of ['agent', 'grant-access', 'switch'] as const) assert.ok(await demo.at(control).isDisabled(), control)
    await demo.connect()
    await demo.click('agent')
    await demo.says('agent-answers', /FORBIDDEN, client-not-granted/)
    await demo.click('grant-access')
    await demo.tab.row('google').getByText('https://agent.example/client.json').first().waitFor({ state: 'attached' })
    await demo.click('agent')
    await demo.says('agent-answers', /Agent.*200 works/)
    await demo.at('grant-access').filter({ hasText: 'Revoke access' }).waitFor()
    await demo.click('grant-access')
    await demo.click('agent')
    await demo.says('agent-answers', /FORBIDDEN, client-not-granted/)
    const grants = await demo.backend.ask(await demo.ada(), '{ providerAccessGrants { clientId } }')
    assert.deepEqual(field(grants, 'providerAccessGrants'), [])
  }),
)
