import assert from 'node:assert/strict'
import { test } from 'node:test'

import { holdings } from './holdings.ts'
import { inWorld } from './world.ts'

for (const mode of ['development', 'production'] as const) {
  test(`sign in, connect, use, refresh, disconnect: each sent once (${mode} build)`, async () => {
    await inWorld({ mode }, async (world) => {
      const ada = await world.person('ada@example.com')
      await ada.signIn('Google')
      await ada.seesState('google', 'ACTIVE')
      assert.equal(ada.page.url(), `${world.origin}/`)
      await ada.clicks('Ask Google who I am')
      await ada.sees('Google knows you as ada@example.com.')
      assert.equal(ada.times('connectProvider'), 1)
      assert.equal(await world.sessionsFetched(), 1)
      // The proof that the build is what it says: StrictMode takes effects back once, in development alone.
      assert.equal((await ada.unmounts()) > 0, mode === 'development')

      // One more account of the same user, with another address.
      await ada.clicks('Connect GitHub')
      await ada.consent()
      await ada.sees('Connected GitHub.')
      await ada.seesState('google', 'ACTIVE')
      assert.equal(ada.times('connectProvider'), 2)
      assert.equal(await world.sessionsFetched(), 2)

      const refreshed = ada.page.waitForResponse((response) => response.request().postData()?.includes('refreshProviderToken') === true)
      await ada.clicks('Refresh Google now')
      await refreshed
      assert.equal(ada.times('refreshProviderToken'), 1)
      await ada.clicks('Disconnect GitHub')
      await ada.clicks('Yes, disconnect GitHub')
      await ada.seesState('github', 'NOT_CONNECTED')
      await ada.clicks('Sign out')
      await ada.sees('Choose an account.')
    })
  })
}

test('nothing that the browser keeps or shows holds a provider token', async () => {
  await inWorld({ mode: 'production' }, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google')
    await ada.clicks('Ask Google who I am')
    await ada.sees('Google knows you as ada@example.com.')
    await ada.sees('This page has an access token.')
    const kept = await holdings(ada)
    // It looks where it says: Nhost's own session is found.
    assert.match(kept, /nhostSession/)
    assert.doesNotMatch(kept, /sim-(at|rt)-/)
  })
})

test('a reload and a step back connect nothing again', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    await ada.signIn('Google')
    await ada.page.reload()
    await ada.seesState('google', 'ACTIVE')
    assert.equal(await ada.page.getByRole('alert').count(), 0)
    await ada.page.goBack()
    await ada.page.goForward()
    await ada.seesState('google', 'ACTIVE')
    assert.equal(await ada.page.getByRole('alert').count(), 0)
    assert.equal(ada.times('connectProvider'), 1)
    assert.equal(await world.sessionsFetched(), 1)
  })
})

test('who says no is told so in our words, and nothing else from the address is shown', async () => {
  await inWorld({}, async (world) => {
    const ada = await world.person('ada@example.com')
    // The demo's AUTH_CLIENT_URL is a page of its own; an app's is its front page.
    const answered = ada.page.waitForRequest((request) => new URL(request.url()).searchParams.has('errorDescription'))
    await ada.page.getByRole('button', { name: 'Sign in with Google' }).click()
    await ada.consent('usual', 'Deny')
    await ada.page.goto(`/${new URL((await answered).url()).search}`)
    await ada.sees('Could not connect Google. The provider did not let you in, or you said no there.')
    assert.equal(ada.page.url(), `${world.origin}/`)
    await ada.page.goto(`/?error=odd&errorDescription=Call+0900+123&state=${await ada.begins('google')}`)
    await ada.sees('Could not connect Google. Signing in did not work. Please try again.')
    assert.doesNotMatch(await ada.page.content(), /0900/)
    assert.equal(ada.times('connectProvider'), 0)
  })
})

test('what could not be connected for an outage is connected by trying again', async () => {
  await inWorld({}, async (world) => {
    await world.control('faults', { endpoint: 'providerTokens', fault: { type: 'html', status: 502 } })
    const ada = await world.person('ada@example.com')
    await ada.page.getByRole('button', { name: 'Sign in with Google' }).click()
    await ada.consent()
    await ada.sees(/^Could not connect Google\./)
    await world.control('faults', undefined, 'DELETE')
    await world.pass(60)
    await ada.clicks('Try again')
    await ada.sees('Connected Google.')
    await ada.seesState('google', 'ACTIVE')
    assert.equal(ada.times('connectProvider'), 2)
  })
})

test('a link with somebody else’s refresh token signs nobody in', async () => {
  await inWorld({}, async (world) => {
    const [ada, eve] = [await world.person('ada@example.com'), await world.person('eve@example.com')]
    // Eve signs in up to the way back, and sends Ada the link.
    await eve.page.getByRole('button', { name: 'Sign in with Google' }).click()
    // Her own app does not start, so that the token stays good.
    await eve.page.route('**/assets/**', (route) => route.abort())
    await eve.consent()
    await eve.page.waitForURL(/refreshToken=/)
    const link = eve.page.url()
    await ada.page.goto(link)
    await ada.sees('Could not connect Google. This sign-in was not begun in this tab. Sign in here.')
    await ada.page.goto(`/?${new URLSearchParams({ refreshToken: new URL(link).searchParams.get('refreshToken') ?? '' }).toString()}`)
    await ada.sees('Choose an account.')
    assert.doesNotMatch(await holdings(ada), /eve@example/)
    assert.equal(ada.times('connectProvider'), 0)
  })
})
