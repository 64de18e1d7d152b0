import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'

import { createClient } from '@nhost/nhost-js'
import { createClient as createConnections } from '@provider-connections/client'
import type { Page } from 'playwright-core'

import { Simulated } from '../../nhost-js/src/simulated.ts'
import { COOKIE, sessionIn } from '../lib/session.ts'
import { App } from './app.ts'

const app = await App.start()
after(async () => await app.stop())

/** Somebody who has signed in with Google and connected it, without this app; the cookie that a browser would have. */
async function signedIn(email: string) {
  const nhost = createClient({ authUrl: app.auth, graphqlUrl: app.graphql })
  const simulated = new Simulated(app.auth)
  const back = new URL(await simulated.browser(nhost.auth.signInProviderURL('google', { redirectTo: app.origin }), email))
  await nhost.auth.refreshToken({ refreshToken: back.searchParams.get('refreshToken') ?? '' })
  const session = nhost.getUserSession()
  if (session === null) throw new Error('nobody is signed in')
  const connections = createConnections({ endpoint: app.graphql, jwt: session.accessToken })
  await connections.connectProvider('google')
  return { session, connections, token: await connections.getAccessToken('google') }
}

/** As a browser asks for a page, with this session in the cookie. */
async function get(path: string, session?: unknown): Promise<{ html: string; set: string | null }> {
  const cookie = session === undefined ? {} : { cookie: `${COOKIE}=${encodeURIComponent(JSON.stringify(session))}` }
  const response = await fetch(app.origin + path, { headers: { ...cookie }, redirect: 'manual' })
  return { html: await response.text(), set: response.headers.get('set-cookie') }
}

/** The session in a `Set-Cookie`. */
function renewedIn(set: string | null) {
  return sessionIn(decodeURIComponent(/nhostSession=([^;]*)/.exec(set ?? '')?.[1] ?? ''))
}

test('who is not signed in is served a page that offers it, and it is the same for a cookie that is none', async () => {
  for (const session of [undefined, 'x', { accessToken: 1 }]) {
    const { html } = await get('/', session)
    assert.match(html, /Sign in with/)
    assert.doesNotMatch(html, /Disconnect/)
  }
})

test('the list is in the HTML that the server sends, and no access token is', async () => {
  const { session, token } = await signedIn('ada@example.com')
  const { html, set } = await get('/', session)
  assert.match(html, /Disconnect (<!-- -->)?Google/)
  assert.match(html, /Connect (<!-- -->)?Spotify/)
  assert.ok(!html.includes(token))
  assert.equal(set, null)
})

test('a server component calls the provider’s API, and the token stays there', async () => {
  const { session, token } = await signedIn('grace@example.com')
  const { html } = await get('/profile/google', session)
  assert.match(html, /Google knows you as grace@example\.com\./)
  assert.ok(!html.includes(token))
  assert.match((await get('/profile/spotify', session)).html, /has not connected spotify/)
})

test('a session that is about to end is renewed before the page is rendered, and one that has ended is not used', async () => {
  const { session } = await signedIn('alan@example.com')
  const ending = { ...session, accessToken: 'h.e.s', decodedToken: { ...session.decodedToken, exp: Date.now() + 1_000 } }
  const { html, set } = await get('/', ending)
  assert.match(html, /Disconnect (<!-- -->)?Google/, 'rendered with the new JWT: the one in the cookie was none')
  assert.match(renewedIn(set)?.accessToken ?? '', /^eyJ/)
  const ended = { ...ending, refreshToken: '00000000-0000-0000-0000-000000000000', decodedToken: { ...session.decodedToken, exp: 0 } }
  const last = await get('/', ended)
  assert.match(last.html, /Sign in with/)
  // Another request may have renewed it just now: the browser removes it where it has ended for good.
  assert.equal(last.set, null)
})

test('in the browser: sign in, connect, hydrate without a difference, look at the profile, disconnect, sign out', async () => {
  const context = await app.browser.newContext({ baseURL: app.origin })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // Of the network's failures: neither page has an icon.
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  await page.goto('/')
  await page.getByRole('button', { name: 'Sign in with Google' }).click()
  await page.getByLabel('Account', { exact: true }).fill('edsger@example.com')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('Connected Google.').waitFor()
  await disconnects(page).waitFor()
  // Nothing of the sign-in is left in the address.
  await page.waitForURL(`${app.origin}/`)
  await page.reload()
  await disconnects(page).waitFor()
  await page.getByRole('link', { name: 'Who am I at Google?' }).click()
  await page.getByText('Google knows you as edsger@example.com.').waitFor()
  await page.getByRole('link', { name: 'Your accounts' }).click()
  await disconnects(page).click()
  await page.getByRole('button', { name: 'Connect Google', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in with Google' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('building and serving warns of nothing', () => {
  // Where `CI` is set, Next.js advises keeping its cache from build to build, which a fresh clone has not.
  const printed = app.printed().replace(/^.*No build cache found.*$/m, '')
  assert.doesNotMatch(printed, /warn|⚠|deprecated/i)
})

test('the README says of each file what it is for', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  for (const file of ['proxy.ts', 'lib/server.ts', 'lib/browser.ts', 'app/Connections.tsx', 'app/Returned.tsx', 'app/profile/[provider]/page.tsx']) assert.ok(readme.includes(`\`${file}\``), file)
})

function disconnects(page: Page) {
  return page.getByRole('button', { name: 'Disconnect Google' })
}
