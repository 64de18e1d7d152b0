import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directly, field } from './harness/backend.ts'
import { assertKeepsNoToken } from './harness/remains.ts'
import { story } from './harness/story.ts'

const page = { attributes: { providers: 'google spotify' } }

test(
  'sign in, connect, see it, refresh, use the token, lose the grant, sign in again, healed; and no token in the browser at any step',
  story({ page, settings: (auth) => directly(auth) }, async (story) => {
    const { backend } = story
    const person = await story.person('ada@example.com')
    const { user } = person
    const tab = await person.tab()
    const clean = async (...providers: string[]) => await assertKeepsNoToken(tab, backend, user, providers)

    await tab.visit()
    await tab.page.getByText('Sign in with Google').click()
    await tab.consent()
    await tab.sees('google', 'connected')
    await tab.sees('spotify', 'not-connected')
    await clean('google')

    await tab.click('spotify', 'connect')
    await tab.consent()
    await tab.sees('spotify', 'connected')
    await tab.sees('google', 'connected')
    await clean('google', 'spotify')

    const before = await backend.tokens(user, 'spotify')
    await tab.click('spotify', 'refresh')
    assert.deepEqual(await tab.event('refreshed'), { provider: 'spotify' })
    await tab.sees('spotify', 'connected')
    assert.notDeepEqual(await backend.tokens(user, 'spotify'), before)
    await clean('google', 'spotify')

    const read = await backend.ask(user, '{ providerConnection(provider: google) { accessToken } }')
    const token = field(field(read, 'providerConnection'), 'accessToken')
    const userinfo = new URL('/providers/google/userinfo', backend.auth)
    const used = await fetch(userinfo, { headers: { authorization: `Bearer ${String(token)}` } })
    assert.equal(used.status, 200)
    await clean('google', 'spotify')

    await backend.control(`grants/${user.id}/google/revoke`)
    await tab.click('google', 'refresh')
    await tab.sees('google', 'sign-in-again')
    await tab.sees('spotify', 'connected')
    await clean('google', 'spotify')

    await tab.click('google', 'sign-in-again')
    await tab.consent()
    await tab.sees('google', 'connected')
    await clean('google', 'spotify')

    const statuses = await backend.ask(user, '{ providerConnections { provider status } }')
    assert.deepEqual(statuses, {
      providerConnections: [
        { provider: 'google', status: 'ACTIVE' },
        { provider: 'spotify', status: 'ACTIVE' },
      ],
    })
    assert.equal(tab.count('accessToken'), 0, 'the element never asks for a token')
  }),
)

test(
  'through Nhost Auth alone a revoked grant is "failing" at first, and "sign in again" when it is sure',
  story({ page, demo: true }, async (story) => {
    const [tab, user] = await story.visit()
    await tab.sees('google', 'not-connected')
    await story.backend.connected(user, 'google', { lifetime: 3600 })
    await tab.look()
    await tab.sees('google', 'connected')
    await story.backend.control(`grants/${user.id}/google/revoke`)
    await tab.click('google', 'refresh')
    await tab.sees('google', 'failing')
    // It takes three refusals over ten minutes while others are renewed, which is found out in between.
    for (let attempt = 0; attempt < 3; attempt++) {
      await story.backend.advance(3600)
      await tab.page.evaluate(() => (window.app.events.length = 0))
      await tab.click('google', 'refresh')
      await tab.event('failed')
      await tab.settled('google')
    }
    await tab.sees('google', 'sign-in-again')
    await tab.click('google', 'sign-in-again')
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)

test(
  'the first sign-in links the provider to the user who is signed in',
  story({ page }, async (story) => {
    const [tab, user] = await story.visit('ada@example.com')
    await tab.click('google', 'connect')
    await tab.consent({ account: 'another.address@example.com' })
    await tab.sees('google', 'connected')
    const grant = await story.backend.control(`grants/${user.id}/google`, undefined, 'GET')
    assert.equal(field(grant, 'alive'), true)
    assert.equal(new URL(tab.page.url()).search, '')
  }),
)

test(
  'what was disconnected can be connected again, though Nhost Auth links an account but once',
  story({ page }, async (story) => {
    const [tab, user] = await story.visit()
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
    await tab.click('google', 'disconnect')
    await tab.click('google', 'confirm')
    await tab.sees('google', 'not-connected')
    assert.deepEqual(await story.backend.ask(user, '{ providerConnections { id } }'), { providerConnections: [] })
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)
