import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { createProviderConnections, endsSoon, InsufficientScopeError, type JwtSource, needsUser, type SessionSource, SignInAgainError } from '../src/index.ts'
import { Backend, jwtOf, settled } from '../../test/backend.ts'

const ENDPOINT = 'https://connections.example.com/graphql'
const REVOKED = { message: 'Sign in again.', extensions: { code: 'REAUTHENTICATION_REQUIRED', reauthenticationUrl: 'https://auth.example.com/again' } }

let backend: Backend

beforeEach(() => {
  backend = new Backend()
  backend.install()
})

/** Without a WebSocket: one that lingers would ask the next test's backend. */
function clientOf(jwt: JwtSource, more: Partial<SessionSource> = {}, live: 'auto' | 'off' = 'off') {
  return createProviderConnections({ endpoint: ENDPOINT, session: { jwt, ...more }, live })
}

/** An app's session, in which users come and go. */
class AppSession implements SessionSource {
  readonly #listeners = new Set<() => void>()
  id: string | null = null
  readonly jwt = () => (this.id === null ? null : jwtOf(this.id))
  readonly user = () => this.id
  readonly onChange = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  becomes(id: string | null): void {
    this.id = id
    for (const listener of this.#listeners) listener()
  }
}

test('nothing is asked for until somebody listens', async () => {
  const client = clientOf(backend.user('ada', { google: {} }))
  client.token('google')
  assert.deepEqual(client.list.snapshot(), { connections: [], loading: true, error: null, live: false })
  await settled()
  assert.deepEqual(backend.sent, [])
})

test('what is listened to in one tick is one request for the list and one for all tokens', async () => {
  const client = clientOf(backend.user('ada', { google: {}, github: {} }))
  const ended = [
    client.list.subscribe(() => undefined),
    client.list.subscribe(() => undefined),
    client.token('google').subscribe(() => undefined),
    client.token('google').subscribe(() => undefined),
    client.token('github').subscribe(() => undefined),
  ]
  await settled()
  assert.equal(backend.times('AccessTokens'), 1)
  assert.deepEqual(backend.sent.find(({ operation }) => operation === 'AccessTokens')?.variables['providers'], ['google', 'github'])
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  assert.equal(client.token('github').snapshot().accessToken, 'github of ada')
  assert.deepEqual(client.list.snapshot().connections.map(({ provider }) => provider), ['google', 'github'])
  for (const end of ended) end()
})

for (const errorsAlone of [false, true]) {
  test(`a token that fails leaves the others, and says why${errorsAlone ? ', where a gateway passes on the errors alone' : ''}`, async () => {
    backend.errorsAlone = errorsAlone
    const client = clientOf(backend.user('ada', { google: { error: REVOKED }, github: {} }))
    const results = await Promise.allSettled([client.token('google').getToken(), client.token('github').getToken(), client.token('spotify').getToken()])
    assert.deepEqual(results[1], { status: 'fulfilled', value: 'github of ada' })
    await assert.rejects(client.token('google').getToken(), { code: 'REAUTHENTICATION_REQUIRED', reauthenticationUrl: 'https://auth.example.com/again' })
    await assert.rejects(client.token('spotify').getToken(), { code: 'NOT_CONNECTED' })
    assert.deepEqual(results.map(({ status }) => status), ['rejected', 'fulfilled', 'rejected'])
  })
}

test('a server that can’t be reached is asked once for all tokens, and not for each', async () => {
  let asked = 0
  globalThis.fetch = async () => {
    asked += 1
    throw await Promise.resolve(new Error('no network'))
  }
  const client = clientOf(jwtOf('ada'))
  for (const result of await Promise.allSettled([client.token('google').getToken(), client.token('github').getToken()])) {
    assert.equal(result.status === 'rejected' && result.reason instanceof Error && 'code' in result.reason && result.reason.code, 'OFFLINE')
  }
  assert.equal(asked, 1)
})

test('who signs out leaves nothing, and what was asked for before is dropped', async () => {
  backend.user('ada', { google: {} })
  const session = new AppSession()
  session.becomes('ada')
  const client = createProviderConnections({ endpoint: ENDPOINT, session, live: 'off' })
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  backend.shut()
  const late = client.token('google').getToken({ refused: 'google of ada' })
  void client.list.refetch()
  await settled()
  session.becomes(null)
  // At once, and not when the next answer is there.
  assert.equal(client.token('google').snapshot().accessToken, null)
  assert.deepEqual(client.list.snapshot().connections, [])
  backend.open()
  await assert.rejects(late, { code: 'USER_CHANGED' })
  await settled()
  assert.equal(client.token('google').snapshot().accessToken, null)
  assert.deepEqual(client.list.snapshot().connections, [])
  assert.equal(client.list.snapshot().error?.code, 'SIGNED_OUT')
  for (const end of ended) end()
})

test('another user sees their own and never the former one’s', async () => {
  backend.user('ada', { google: {} })
  backend.user('bob', { github: {} })
  const session = new AppSession()
  session.becomes('ada')
  const client = createProviderConnections({ endpoint: ENDPOINT, session, live: 'off' })
  const seen: string[] = []
  const look = () => {
    for (const { userId } of client.list.snapshot().connections) if (session.id !== userId) seen.push(userId)
    if (session.id !== 'ada' && client.token('google').snapshot().accessToken !== null) seen.push('token')
  }
  const ended = [client.list.subscribe(look), client.token('google').subscribe(look)]
  await settled()
  session.becomes('bob')
  look()
  await settled()
  assert.deepEqual(client.list.snapshot().connections.map(({ provider }) => provider), ['github'])
  assert.equal(client.token('google').snapshot().error?.code, 'NOT_CONNECTED')
  assert.deepEqual(seen, [])
  for (const end of ended) end()
})

test('an app that does not say who is signed in: another user is noticed with the next question', async () => {
  const jwts = [backend.user('ada', { google: {} }), backend.user('bob', { github: {} })]
  let at = 0
  const client = clientOf(() => jwts[at] ?? null)
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  at = 1
  client.sessionChanged()
  await settled()
  assert.deepEqual(client.list.snapshot().connections.map(({ userId }) => userId), ['bob'])
  assert.equal(client.token('google').snapshot().accessToken, null)
  for (const end of ended) end()
})

test('where the server does not answer, the next user still gets nothing of the one before', async () => {
  const jwts = [backend.user('ada', { google: {} }), backend.user('bob', {})]
  for (const tell of [true, false]) {
    let at = 0
    const client = clientOf(() => jwts[at] ?? null)
    const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
    await settled()
    assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
    backend.shut()
    at = 1
    if (tell) client.sessionChanged()
    // Not told, it notices with the next thing that it asks.
    else void client.list.refetch()
    if (!tell) await settled()
    assert.equal(client.token('google').snapshot().accessToken, null)
    assert.deepEqual(client.list.snapshot().connections, [])
    for (const end of ended) end()
    backend.open()
    await settled()
  }
})

test('a token is for who is signed in now, whatever is in memory, and though nobody has told of a change', async () => {
  backend.user('ada', { google: {} })
  backend.user('bob', {})
  const session = new AppSession()
  session.id = 'ada'
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt: session.jwt, user: session.user }, live: 'off' })
  const end = client.token('google').subscribe(() => undefined)
  assert.equal(await client.token('google').getToken(), 'google of ada')
  session.id = 'bob'
  await assert.rejects(client.token('google').getToken(), { code: 'NOT_CONNECTED' })
  end()
})

test('what one user clicked at is not done to another user’s connection', async () => {
  const jwts = [backend.user('ada', { google: {} }), backend.user('bob', { google: {} })]
  let at = 0
  const client = clientOf(() => jwts[at] ?? null)
  await client.list.loaded()
  at = 1
  await assert.rejects(client.disconnect('google'), { code: 'USER_CHANGED' })
  assert.equal(backend.times('DisconnectProvider'), 0)
  await settled()
})

test('an app whose word and whose JWT differ for good is not asked in a loop', async () => {
  const client = clientOf(backend.user('ada', { google: {} }), { user: () => 'bob' })
  const end = client.list.subscribe(() => undefined)
  await settled()
  assert.equal(client.list.snapshot().error?.code, 'USER_CHANGED')
  await assert.rejects(client.connect('google'), { code: 'USER_CHANGED' })
  await settled()
  assert.deepEqual(backend.sent, [])
  end()
})

test('a JWT that is refused as expired is renewed, once for all', async () => {
  const old = backend.user('ada', { google: {} })
  backend.expired.add(old)
  let renewals = 0
  const client = clientOf(({ fresh }) => {
    if (!fresh && renewals === 0) return old
    if (fresh) renewals += 1
    return jwtOf('ada')
  })
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  assert.equal(client.list.snapshot().connections.length, 1)
  assert.equal(renewals, 1)
  for (const end of ended) end()
})

test('a connection that heals elsewhere has its token read again at once', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const jwt = backend.user('ada', { google: { error: REVOKED } })
  const client = clientOf(jwt, {}, 'auto')
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.equal(client.list.snapshot().live, true)
  assert.equal(client.token('google').snapshot().error?.code, 'REAUTHENTICATION_REQUIRED')
  backend.user('ada', { google: {} })
  backend.tell()
  context.mock.timers.tick(100)
  await settled()
  assert.equal(client.list.snapshot().connections[0]?.status, 'ACTIVE')
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  for (const end of ended) end()
})

test('what is connected right after another user has signed in is theirs, and no error', async () => {
  backend.user('ada', { google: {} })
  backend.user('bob', {})
  for (const says of [true, false]) {
    const session = new AppSession()
    session.becomes('ada')
    const client = createProviderConnections({ endpoint: ENDPOINT, session: says ? session : { jwt: session.jwt }, live: 'off' })
    await client.list.loaded()
    session.id = 'bob'
    await client.connect('github')
    await settled()
    await client.list.loaded()
    assert.deepEqual(client.list.snapshot().connections.map(({ userId, provider }) => `${userId} ${provider}`), ['bob github'])
  }
})

test('a session that the server has ended shows nothing, and is not asked about again and again', async () => {
  const jwt = backend.user('ada', { google: {} })
  const client = clientOf(jwt, { user: () => 'ada' })
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  backend.expired.add(jwt)
  await client.list.refetch()
  await assert.rejects(client.token('google').getToken({ refused: 'google of ada' }), { code: 'SESSION_ENDED' })
  await settled()
  const before = backend.sent.length
  await settled()
  assert.equal(backend.sent.length, before)
  assert.deepEqual(client.list.snapshot().connections, [])
  assert.equal(client.token('google').snapshot().accessToken, null)
  for (const end of ended) end()
})

test('a server of an earlier release is asked for what it knows, and asked so from then on', async () => {
  backend.older = true
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt: backend.user('ada', { google: {} }) }, live: 'off' })
  await client.list.loaded()
  assert.deepEqual(client.list.snapshot().connections.map(({ provider, account }) => [provider, account]), [['google', null]])
  assert.equal(backend.times('ProviderConnections'), 2)
  await client.list.refetch()
  assert.equal(backend.times('ProviderConnections'), 3)
})

test('what the app needs and the user has not granted is missing, of each provider its own', async () => {
  const jwt = backend.user('ada', { google: {}, github: {}, spotify: {} })
  const scopes = { google: ['email', 'calendar'], github: ['repo'] }
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt }, live: 'off', scopes })
  const missing = () => client.list.snapshot().connections.map(({ provider, missingScopes }) => [provider, missingScopes])
  await client.list.loaded()
  assert.deepEqual(backend.sent[0]?.variables['scopes'], ['email', 'calendar', 'repo'])
  assert.deepEqual(missing(), [['google', ['calendar']], ['github', ['repo']], ['spotify', []]])
  assert.match(await client.signInUrl('google', 'https://app.example.com/', { scopes: ['calendar'] }), /\?scopes=calendar$/)
  backend.granted = ['email', 'calendar']
  await client.list.refetch()
  assert.deepEqual(missing(), [['google', []], ['github', ['repo']], ['spotify', []]])
})

test('scopes that the server can’t compare leave the list, and are an error in it', async () => {
  backend.scopesFail = true
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt: backend.user('ada', { google: {} }) }, live: 'off', scopes: { google: ['a b'] } })
  await client.list.loaded()
  const { connections, error } = client.list.snapshot()
  assert.deepEqual([connections[0]?.scopes, connections[0]?.missingScopes, error?.code], [['email'], null, 'BAD_USER_INPUT'])
})

test('a connection says that it ends soon when most of its life is over', async () => {
  const client = clientOf(backend.user('ada', { google: {} }))
  await client.list.loaded()
  const [connection] = client.list.snapshot().connections
  assert.ok(connection)
  const [connectedAt, end] = ['2026-01-01T00:00:00Z', Date.parse('2026-01-29T00:00:00Z')]
  const soon = (daysBefore: number, reconnectBy: string | null) => endsSoon({ ...connection, connectedAt, reconnectBy }, end - daysBefore * 86_400_000)
  assert.deepEqual([8, 7, 6, -1].map((days) => soon(days, '2026-01-29T00:00:00Z')), [false, true, true, true])
  assert.equal(soon(0, null), false)
})

test('what the server refuses is of the class that its code has', async () => {
  const client = clientOf(backend.user('ada', { google: { error: { message: 'Agree to it.', extensions: { code: 'INSUFFICIENT_SCOPE', missingScopes: ['calendar'], reauthenticationUrl: 'https://auth.example.com/' } } } }))
  await assert.rejects(client.token('google').getToken(), (error) => error instanceof InsufficientScopeError && error.missingScopes[0] === 'calendar' && needsUser(error))
  await assert.rejects(client.token('github').getToken(), (error) => error instanceof SignInAgainError)
})

test('it works where AbortSignal.timeout is missing, as in React Native', async () => {
  const before = Object.getOwnPropertyDescriptor(AbortSignal, 'timeout')
  Reflect.deleteProperty(AbortSignal, 'timeout')
  try {
    assert.equal(await clientOf(backend.user('ada', { google: {} })).token('google').getToken(), 'google of ada')
  } finally {
    if (before !== undefined) Object.defineProperty(AbortSignal, 'timeout', before)
  }
})

test('connecting, refreshing and disconnecting show in the list', async () => {
  const client = clientOf(backend.user('ada', {}))
  const end = client.list.subscribe(() => undefined)
  await settled()
  await client.connect('google')
  await settled()
  assert.deepEqual(client.list.snapshot().connections.map(({ provider }) => provider), ['google'])
  await client.refresh('google')
  assert.equal(await client.disconnect('google'), 'REVOKED')
  await settled()
  assert.deepEqual(client.list.snapshot().connections, [])
  assert.equal(await client.signInUrl('google', 'https://app.example.com/'), 'https://auth.example.com/signin/provider/google?redirectTo=https://app.example.com/')
  end()
})

test('what Suspense waits for is read once, and held until the component is there', async () => {
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt: backend.user('ada', { google: {} }) }, live: 'off' })
  await Promise.all([client.list.loaded(), client.token('google').loaded(), client.token('google').loaded()])
  assert.equal(client.list.snapshot().loading, false)
  assert.equal(client.token('google').snapshot().accessToken, 'google of ada')
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.equal(backend.times('AccessTokens'), 1)
  assert.equal(backend.times('ProviderConnections'), 1)
  for (const end of ended) end()
})

test('what a server has rendered is shown first, and is forgotten with its user', async () => {
  backend.user('ada', { google: {} })
  backend.user('bob', {})
  await clientOf(jwtOf('ada')).list.loaded()
  const first = clientOf(jwtOf('ada'))
  await first.list.loaded()
  const initial = first.list.snapshot().connections
  const client = createProviderConnections({ endpoint: ENDPOINT, session: { jwt: () => jwtOf('bob') }, initial })
  assert.deepEqual(client.list.serverSnapshot().connections, initial)
  const end = client.list.subscribe(() => undefined)
  await settled()
  assert.deepEqual(client.list.snapshot().connections, [])
  assert.deepEqual(client.list.serverSnapshot().connections, [])
  end()
})

test('no token is in what is shown of the list, and none is kept after the last listener', async () => {
  const client = clientOf(backend.user('ada', { google: {} }))
  const ended = [client.list.subscribe(() => undefined), client.token('google').subscribe(() => undefined)]
  await settled()
  assert.doesNotMatch(JSON.stringify(client.list.snapshot()), /google of ada/)
  for (const end of ended) end()
  assert.equal(client.token('google').snapshot().accessToken, null)
})

test('a list that one user waited for is not read side by side with the next user’s', async () => {
  // What lingers of other tests asks as others.
  const asked = () => backend.sent.map(({ user }) => user).filter((user) => ['cleo', 'dan'].includes(user))
  backend.user('cleo', {})
  backend.user('dan', { github: {} })
  const session = new AppSession()
  session.becomes('cleo')
  const client = createProviderConnections({ endpoint: ENDPOINT, session, live: 'off' })
  backend.shut()
  const letCleos = backend.open
  const end = client.list.subscribe(() => undefined)
  await settled()
  const waited = client.list.refetch()
  backend.shut()
  session.becomes('dan')
  await settled()
  void client.list.refetch()
  letCleos()
  await settled()
  assert.deepEqual(asked(), ['cleo', 'dan'])
  backend.open()
  await waited
  await settled()
  assert.deepEqual(asked(), ['cleo', 'dan', 'dan'])
  assert.deepEqual(client.list.snapshot().connections.map(({ provider }) => provider), ['github'])
  end()
})

test('a call does not join the renewal of the JWT of the user before', async () => {
  const adas = backend.user('ada', { google: {} })
  const bobs = backend.user('bob', { google: {} })
  backend.expired.add(adas).add(bobs)
  let user = 'ada'
  let answerAda = (_: string) => {}
  const jwt: JwtSource = ({ fresh }) => {
    if (!fresh) return user === 'ada' ? adas : bobs
    return user === 'ada' ? new Promise<string>((resolve) => (answerAda = resolve)) : jwtOf('bob')
  }
  const client = clientOf(jwt, { user: () => user })
  const refused = client.token('google').getToken()
  await settled()
  user = 'bob'
  client.sessionChanged()
  const token = client.token('google').getToken()
  await settled()
  answerAda(jwtOf('ada'))
  assert.equal(await token, 'google of bob')
  await assert.rejects(refused, { code: 'USER_CHANGED' })
})
