import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { createClient } from '@nhost/nhost-js'

import { Problem } from '../src/problem.ts'
import { Providers } from '../src/providers.ts'
import { Simulated } from '../src/simulated.ts'
import { startDemo } from './demo.ts'

const PAGE = 'https://app.example.com/settings'

test('`npm start` plays the whole story', async () => {
  const demo = await startDemo()
  try {
    const env = { ...process.env, GRAPHQL_URL: demo.graphqlUrl, NHOST_AUTH_URL: demo.authUrl }
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main], { env, timeout: 60_000 })
    assert.deepEqual(stdout.trim().replaceAll(/after [12] waits/g, 'after waits').split('\n'), [
      'signed in and connected: google, ACTIVE, once',
      'connections: google ACTIVE',
      "the provider's API answers: 200",
      'a token that ended early is renewed: 200',
      'an hour later, with the provider down: UPSTREAM_UNAVAILABLE, after waits',
      'the provider is back: 200, after waits',
      'the user has taken the grant back: REAUTHENTICATION_REQUIRED',
      'signed in again: ACTIVE, 200',
      'disconnected: NOT_CONNECTED, 0',
    ])
  } finally {
    await demo.stop()
  }
})

test('what can be healed by signing in again says where', async () => {
  const demo = await startDemo()
  try {
    const providers = new Providers(createClient({ authUrl: demo.authUrl, graphqlUrl: demo.graphqlUrl }))
    const simulated = new Simulated(demo.authUrl)
    const back = await simulated.browser(providers.signInUrl('google', PAGE), 'alan@example.com')
    await providers.connectAfterCallback(back)
    // The grant is there, but no session of this provider's.
    const elsewhere = new URL(back)
    elsewhere.searchParams.set('connected', 'github')
    const refreshToken = new URL(await simulated.browser(providers.signInUrl('google', PAGE), 'alan@example.com'))
    elsewhere.searchParams.set('refreshToken', refreshToken.searchParams.get('refreshToken') ?? '')
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
        assert.equal(url.searchParams.get('redirectTo'), `${PAGE}?connected=${provider}`)
        return true
      })
    }
  } finally {
    await demo.stop()
  }
})

test('a page that no sign-in led to connects nothing, and a refused sign-in is told', async () => {
  const providers = new Providers(createClient({ authUrl: 'http://127.0.0.1:9/v1', graphqlUrl: 'http://127.0.0.1:9' }))
  for (const href of [PAGE, `${PAGE}?connected=google`, `${PAGE}?connected=myspace&refreshToken=1`, `${PAGE}?refreshToken=1`]) {
    assert.equal(await providers.connectAfterCallback(href), undefined, href)
  }
  const refused = `${PAGE}?connected=google&error=access_denied&errorDescription=You+said+no`
  await assert.rejects(providers.connectAfterCallback(refused), { message: 'You said no' })
})
