import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Model } from '../src/model.js'
import { Session } from '../src/session.js'
import { SignIn } from '../src/signin.js'

const ORIGIN = 'https://app.example'

/** @param {string} user */
const jwtOf = (user) => `h.${Buffer.from(JSON.stringify({ sub: user })).toString('base64url')}.s`

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Ada sees her list, in which nothing is connected. Answers whose JWT the sign-in would link, if it got that far. */
function adas() {
  /** @type {Map<string, string>} */
  const stored = new Map()
  const sessionStorage = {
    getItem: (/** @type {string} */ key) => stored.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => stored.set(key, value),
    removeItem: (/** @type {string} */ key) => stored.delete(key),
  }
  for (const [name, value] of Object.entries({ sessionStorage, location: new URL(ORIGIN), document: { baseURI: ORIGIN } })) {
    Object.defineProperty(globalThis, name, { configurable: true, value })
  }
  /** @type {(string | null)[]} */
  const links = []
  /** @type {string[]} */
  const sent = []
  const session = new Session(() => 0)
  const model = new Model(session, {
    endpoint: () => new URL('https://connections.example.com/graphql'),
    recent: () => false,
    scopes: () => [],
    changed: () => undefined,
    dispatch: (type, detail) => {
      if (type === 'signin' && 'url' in detail) links.push(new URL(String(detail.url)).searchParams.get('connect'))
      // The app goes there itself: this page is not left.
      return type !== 'signin'
    },
    describe: (failure) => failure.message,
  })
  model.user = 'ada'
  model.phase = 'ready'
  const signIn = new SignIn(model, { redirectTo: () => null, linksByPost: () => false, exchange: () => null })
  /** @type {(() => void)[]} */
  const answers = []
  globalThis.fetch = async (_, init) => {
    const body = String(init?.body)
    const connects = body.includes('connectProvider')
    sent.push(`${connects ? 'connect' : body.includes('providerSignInUrl') ? 'url' : 'list'} ${new Headers(init?.headers).get('authorization') ?? 'nobody'}`)
    if (connects) return Response.json({ errors: [{ message: 'It failed.', extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] })
    if (body.includes('providerSignInUrl')) await new Promise((resolve) => answers.push(() => resolve(null)))
    return Response.json({ data: { providerSignInUrl: 'https://auth.example/signin/provider/google', url: 'https://auth.example/signin/provider/google', providerConnections: [] } })
  }
  return { model, session, signIn, links, sent, answer: () => answers.shift()?.() }
}

test('a click on "connect" links for the user who clicked', async () => {
  const { session, signIn, links, answer } = adas()
  session.source = jwtOf('ada')
  const left = signIn.leave('google')
  await settled()
  answer()
  await left
  assert.deepEqual(links, [jwtOf('ada')])
})

for (const known of [true, false]) {
  for (const linked of [true, false]) {
    test(`one user’s click on "connect" ${linked ? 'signs in' : 'links'} nobody when another has signed in meanwhile${known ? ', and their list is known' : ''}`, async () => {
      const { model, session, signIn, links, answer } = adas()
      session.source = jwtOf('ada')
      if (linked && !known) model.linked.add('google')
      const left = signIn.leave('google')
      await settled()
      session.source = jwtOf('bob')
      if (known) await model.look()
      if (linked && known) model.linked.add('google')
      answer()
      await left
      // An account that is linked already takes a sign-in without a JWT: nothing is done as the next user.
      assert.deepEqual(links, linked && !known ? [null] : [])
      if (!linked || known) assert.equal(model.user, 'bob')
    })
  }
}

test('what one user’s sign-in has left is not fetched as another user who has signed in since the click', async (context) => {
  const { model, session, signIn, sent } = adas()
  context.mock.timers.enable({ apis: ['setTimeout'] })
  session.source = jwtOf('ada')
  // Tried until it is given up: it stays to be finished by the next click.
  const first = signIn.connect('google', false).catch(() => undefined)
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await settled()
    context.mock.timers.tick(30_000)
  }
  await first
  sent.length = 0
  session.source = async () => jwtOf('bob')
  await signIn.leave('google')
  assert.deepEqual(sent, [`list Bearer ${jwtOf('bob')}`])
  assert.deepEqual(model.news, [])
})
