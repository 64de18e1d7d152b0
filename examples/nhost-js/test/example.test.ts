import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { createClient } from '@nhost/nhost-js'

import { Problem } from '../src/problem.ts'
import { Providers } from '../src/providers.ts'
import { Simulated } from '../src/simulated.ts'
import { startDemo } from './demo.ts'

const PAGE = 'https://app.example.com/settings'
/** What `npm start` prints; how often it waits depends on the server. */
const STORY = [
  'signed in and connected: google, ACTIVE, once',
  'connections: google ACTIVE',
  'linked one more: spotify, ACTIVE',
  "the provider's API answers: 200",
  'a token that ended early is renewed: 200',
  'an hour later, with the provider down: UPSTREAM_UNAVAILABLE, after waits',
  'the provider is back: 200, after waits',
  'the user has taken the grant back: REAUTHENTICATION_REQUIRED',
  'signed in again: ACTIVE, 200',
  'disconnected: NOT_CONNECTED, 1',
]
const storyIn = (output: string) => output.trim().replaceAll(/after [12] waits/g, 'after waits').split('\n')

test('`npm start` plays the whole story, and plays it again, without a warning', async () => {
  const demo = await startDemo()
  try {
    const env = { ...process.env, GRAPHQL_URL: demo.graphqlUrl, NHOST_AUTH_URL: demo.authUrl }
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    for (const time of ['first', 'second']) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main], { env, timeout: 60_000 })
      assert.equal(stderr, '', time)
      assert.deepEqual(storyIn(stdout), STORY, time)
    }
  } finally {
    await demo.stop()
  }
})

test('headers of the app’s own go with each call, beside the type of its body', async (context) => {
  const sent: (string | null)[][] = []
  context.mock.method(globalThis, 'fetch', async (_: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    sent.push(['content-type', 'x-hasura-role'].map((name) => headers.get(name)))
    return await Promise.resolve(Response.json({ data: { providerConnections: [] } }))
  })
  const nhost = createClient({ authUrl: 'http://127.0.0.1:9/v1', graphqlUrl: 'http://127.0.0.1:9' })
  await new Providers(nhost, { headers: { 'x-hasura-role': 'me' } }).connections()
  await new Providers(nhost).connections()
  assert.deepEqual(sent, [
    ['application/json', 'me'],
    ['application/json', null],
  ])
})

test('what can be healed by signing in again says where', async () => {
  const demo = await startDemo()
  try {
    const providers = new Providers(createClient({ authUrl: demo.authUrl, graphqlUrl: demo.graphqlUrl }))
    const simulated = new Simulated(demo.authUrl)
    const back = await simulated.browser(providers.signInUrl('google', PAGE), 'alan@example.com')
    const connection = await providers.connectAfterCallback(back)
    assert.equal((await providers.connect('google')).id, connection?.id)
    // The grant is there, but no session of this provider's.
    const elsewhere = new URL(await simulated.browser(providers.signInUrl('google', PAGE), 'alan@example.com'))
    elsewhere.searchParams.set('state', (elsewhere.searchParams.get('state') ?? '').replace('google', 'github'))
    for (const [call, provider, code] of [
      [() => providers.connectAfterCallback(elsewhere.href), 'github', 'PROVIDER_SESSION_NOT_FOUND'],
      [() => providers.fetch('spotify', simulated.userinfo('spotify')), 'spotify', 'NOT_CONNECTED'],
      [() => providers.disconnect('strava'), 'strava', 'NOT_CONNECTED'],
    ] as const) {
      await assert.rejects(call, (problem) => {
        assert.ok(problem instanceof Problem)
        assert.deepEqual([problem.code, problem.provider], [code, provider])
        const url = new URL(providers.signInAgainUrl(problem, PAGE) ?? '')
        assert.equal(url.origin + url.pathname, `${demo.authUrl}/signin/provider/${provider}`)
        assert.equal(url.searchParams.get('redirectTo'), PAGE)
        assert.match(url.searchParams.get('state') ?? '', new RegExp(`^${provider}\\.[0-9a-f]{32}$`))
        return true
      })
    }
  } finally {
    await demo.stop()
  }
})

test('an account is linked to the user who is signed in, and to nobody else', async () => {
  const demo = await startDemo()
  try {
    const simulated = new Simulated(demo.authUrl)
    const app = () => {
      const nhost = createClient({ authUrl: demo.authUrl, graphqlUrl: demo.graphqlUrl })
      return { nhost, providers: new Providers(nhost) }
    }
    const { nhost, providers } = app()
    await assert.rejects(providers.linkUrl('google', PAGE), { message: 'Nobody is signed in: use signInUrl.' })
    await providers.connectAfterCallback(await simulated.browser(providers.signInUrl('google', PAGE), 'alan@example.com'))
    const user = nhost.getUserSession()?.user?.id
    // The page still has the token of the sign-in in its address.
    const url = await providers.linkUrl('spotify', `${PAGE}?refreshToken=1&error=x`)
    const back = await simulated.browser(url, 'alan@music.example')
    assert.equal(back, `${PAGE}?state=${new URL(url).searchParams.get('state') ?? ''}`)
    assert.equal((await providers.connectAfterCallback(back))?.provider, 'spotify')
    assert.equal(nhost.getUserSession()?.user?.id, user)
    assert.deepEqual((await providers.connections()).map(({ provider }) => provider), ['google', 'spotify'])

    const other = app().providers
    await other.connectAfterCallback(await simulated.browser(other.signInUrl('google', PAGE), 'eve@example.com'))
    const taken = await simulated.browser(await other.linkUrl('spotify', PAGE), 'alan@music.example')
    await assert.rejects(other.connectAfterCallback(taken))
    assert.deepEqual((await other.connections()).map(({ provider }) => provider), ['google'])
  } finally {
    await demo.stop()
  }
})

test('a sign-in that this tab has not begun signs nobody in, and a refused one is told in our words', async () => {
  const offline = () => new Providers(createClient({ authUrl: 'http://127.0.0.1:9/v1', graphqlUrl: 'http://127.0.0.1:9' }))
  const stateOf = (providers: Providers) => new URL(providers.signInUrl('google', PAGE)).searchParams.get('state') ?? ''
  const providers = offline()
  const foreign = stateOf(offline())
  for (const query of ['', '?refreshToken=1', '?connected=google&refreshToken=1', '?state=google&refreshToken=1', `?state=${foreign}&refreshToken=1`]) {
    assert.equal(await providers.connectAfterCallback(PAGE + query), undefined, query)
    assert.notEqual(stateOf(providers), foreign)
    assert.equal(await providers.connectAfterCallback(PAGE + query), undefined, `${query}, with a sign-in under way`)
  }
  const refused = `https://music.example/?state=${stateOf(providers)}&error=oauth-provider-error&errorDescription=Call+0900+123`
  const told = { message: 'The sign-in with google did not work. Try again.' }
  await Promise.all([assert.rejects(providers.connectAfterCallback(refused), told), assert.rejects(providers.connectAfterCallback(refused), told)])
  assert.equal(await providers.connectAfterCallback(`${refused}&again`), undefined, 'a state counts once')
})

test('the README shows what compiles', async () => {
  const [readme, usage] = await Promise.all(['../README.md', './usage.ts'].map((file) => readFile(new URL(file, import.meta.url), 'utf8')))
  assert.ok(readme?.includes(`\n\`\`\`ts\n${usage}\`\`\`\n`))
})
