import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'

const attributes = { providers: 'google spotify' }

test(
  'a sign-in with PKCE comes back with a code, which the app exchanges with the verifier of this tab',
  story({ page: { attributes, pkce: true } }, async (story) => {
    const tab = await (await story.person('ada@example.com')).tab()
    await tab.visit()
    const exchanged = tab.page.waitForRequest((request) => request.url().endsWith('/token/exchange') && request.method() === 'POST')
    await tab.page.getByText('Sign in with Google').click()
    await tab.page.locator('button[value=allow]').waitFor()
    await tab.consent()
    const body: unknown = (await exchanged).postDataJSON()
    assert.match(JSON.stringify(body), /"code":"\w+","codeVerifier":"[\w-]{43}"/)
    await tab.sees('google', 'connected')
    assert.equal(new URL(tab.page.url()).search, '', 'neither the code nor the state is left in the address')
    assert.doesNotMatch(await tab.page.evaluate(() => JSON.stringify({ ...sessionStorage })), /verifier/)
    // Who is signed in links, which needs no code.
    await tab.click('spotify', 'connect')
    await tab.consent()
    await tab.sees('spotify', 'connected')
  }),
)

test(
  'a code that another person has put into a link signs nobody in and connects nothing',
  story({ page: { attributes, pkce: true } }, async (story) => {
    const [tab] = await story.visit()
    await tab.sees('google', 'not-connected')
    const before = await tab.page.evaluate(() => sessionStorage.getItem('nhost-refresh-token'))
    await tab.visit(undefined, { code: '0123456789abcdef0123456789abcdef', state: `provider-connection.google.${'a'.repeat(43)}` })
    assert.equal((await tab.event('failed'))['code'], 'SIGN_IN_NOT_BEGUN_HERE')
    assert.equal(tab.count('connectProvider'), 0)
    assert.notEqual(before, null)
    assert.equal(new URL(tab.page.url()).search, '')
  }),
)

const links = { attributes: { ...attributes, 'link-endpoint': '' } }

test(
  'where Nhost Auth has an endpoint to link, the user is in a cookie of this browser and in no address',
  story({ page: links, nhost: () => ({ SIMULATOR_LINK_ENDPOINT: 'open' }) }, async (story) => {
    const [tab, ada] = await story.visit('ada@example.com')
    await tab.click('google', 'connect')
    await tab.page.locator('button[value=allow]').waitFor()
    assert.doesNotMatch(tab.page.url(), /connect=/)
    await tab.consent({ account: 'another.address@example.com' })
    await tab.sees('google', 'connected')
    assert.deepEqual(await story.backend.ask(ada, '{ providerConnections { provider } }'), { providerConnections: [{ provider: 'google' }] })
  }),
)

test(
  'an address to link at that somebody else has made links nobody, and says so',
  story({ page: links, nhost: () => ({ SIMULATOR_LINK_ENDPOINT: 'open' }) }, async (story) => {
    const [mallorys, mallory] = await story.visit('mallory@example.com')
    await mallorys.sees('google', 'not-connected')
    await mallorys.page.evaluate(() => (window.app.stays = true))
    await mallorys.click('google', 'connect')
    const { url } = await mallorys.event('signin')
    const [adas] = await story.visit('ada@example.com')
    await adas.sees('google', 'not-connected')
    await adas.page.goto(String(url))
    await adas.consent({ account: 'ada@example.com' })
    assert.equal((await adas.event('failed'))['code'], 'SIGN_IN_NOT_BEGUN_HERE')
    const connect = await story.backend.raw(mallory, 'mutation { connectProvider(provider: google) { id } }')
    assert.match(JSON.stringify(connect), /PROVIDER_SESSION_NOT_FOUND/)
  }),
)

test(
  'linking that takes a step-up says to confirm first',
  story({ page: links, nhost: () => ({ SIMULATOR_LINK_ENDPOINT: 'elevated' }) }, async (story) => {
    const [tab] = await story.visit()
    tab.foretell(/status of 403/)
    await tab.click('google', 'connect')
    assert.equal((await tab.event('failed'))['code'], 'ELEVATION_REQUIRED')
    await tab.page.locator('provider-connections [role=alert]').filter({ hasText: /Confirm in the app/ }).waitFor()
    await tab.sees('google', 'not-connected')
  }),
)
