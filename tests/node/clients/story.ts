import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { type User, World } from '../harness/world.ts'
import type {
  ConnectMutation,
  ConnectMutationVariables,
  ConnectionsQuery,
  ConnectionsQueryVariables,
  DisconnectMutation,
  DisconnectMutationVariables,
  RefreshMutation,
  RefreshMutationVariables,
} from './generated.ts'

/** What a client's error type says of one GraphQL error. */
export interface Failure {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly extensions?: object | undefined
}

/** Data and errors of one answer, as the client hands them out. */
export interface Partly {
  data: ConnectionsQuery | null | undefined
  errors: readonly Failure[]
}

/** A client of a user's, with one call for each thing that an app does. Each throws what the client throws. */
export interface Client {
  connect(variables: ConnectMutationVariables): Promise<ConnectMutation>
  list(variables: ConnectionsQueryVariables): Promise<ConnectionsQuery>
  refresh(variables: RefreshMutationVariables): Promise<RefreshMutation>
  disconnect(variables: DisconnectMutationVariables): Promise<DisconnectMutation>
  /** The same as `list`, with what there is where something failed. */
  listPartly(variables: ConnectionsQueryVariables): Promise<Partly>
  /** The GraphQL errors in what a call has thrown; none if it is of another kind. */
  failures(thrown: unknown): readonly Failure[]
}

export type Connect = (graphql: string, user: User) => Client

/** A session that lay at Nhost Auth until its access token had expired, and has no refresh token. */
const EXPIRED = { lifetime: 3600, skewSeconds: -7200, refreshToken: 'none' }

/** The promises that every client is kept. Each is a test of its own, against one server. */
export async function story(name: string, connect: Connect): Promise<World> {
  const world = await World.start()
  after(() => world.stop())
  const signedIn = async (email: string) => {
    const user = await world.user(email)
    return { user, client: connect(world.graphql, user) }
  }

  test(`${name}: a user connects, is handed tokens that work, refreshes and disconnects`, async () => {
    const { user, client } = await signedIn('ada@example.com')
    await world.signIn(user, 'google')

    const { connectProvider } = await client.connect({ provider: 'google' })
    assert.equal(connectProvider.userId, user.id)
    assert.equal(connectProvider.status, 'ACTIVE')

    const { providerConnections } = await client.list({ userId: user.id, providers: ['google', 'spotify'] })
    const [listed, ...more] = providerConnections
    assert.deepEqual([listed?.id, listed?.provider, more.length], [connectProvider.id, 'google', 0])
    assert.equal(await userinfo(world, 'google', listed?.accessToken), 200)
    assert.ok(Date.parse(listed?.expiresAt ?? '') > Date.now(), 'timestamptz is a date in JSON')

    const { refreshProviderToken } = await client.refresh({ provider: 'google' })
    assert.notEqual(refreshProviderToken.accessToken, listed?.accessToken)
    assert.equal(await userinfo(world, 'google', refreshProviderToken.accessToken), 200)

    const { disconnectProvider } = await client.disconnect({ provider: 'google' })
    assert.deepEqual([disconnectProvider.id, disconnectProvider.revocation], [connectProvider.id, 'UNSUPPORTED'])
    assert.equal((await client.list({ userId: null })).providerConnections.length, 0)
  })

  test(`${name}: an error's code, and where to sign in, reach the caller`, async () => {
    const { client } = await signedIn('bob@example.com')
    for (const [call, code] of [
      [() => client.connect({ provider: 'github' }), 'PROVIDER_SESSION_NOT_FOUND'],
      [() => client.refresh({ provider: 'github', minValidFor: 60 }), 'NOT_CONNECTED'],
    ] as const) {
      const extensions = await refused(client, call)
      assert.equal(extensions.get('code'), code)
      assert.equal(extensions.get('provider'), 'github')
      assert.match(String(extensions.get('reauthenticationUrl')), /^http:.*\/signin\/provider\/github/)
    }
  })

  test(`${name}: other errors tell what to do, too`, async () => {
    const { user, client } = await signedIn('eve@example.com')
    const { user: ada } = await signedIn('ada@example.com')
    const forbidden = await refused(client, () => client.list({ userId: ada.id }))
    assert.equal(forbidden.get('code'), 'FORBIDDEN')
    const input = await refused(client, () => client.list({ userId: 'no uuid' }))
    assert.equal(input.get('code'), 'BAD_USER_INPUT')

    const stranger = connect(world.graphql, { id: user.id, jwt: 'no.j.wt' })
    const unknown = await refused(stranger, () => stranger.list({}))
    assert.deepEqual([unknown.get('code'), unknown.get('reason')], ['UNAUTHENTICATED', 'jwt-invalid'])

    await world.signIn(user, 'google')
    await client.connect({ provider: 'google' })
    await world.control('providers/google/outage', { down: true })
    try {
      const down = await refused(client, () => client.refresh({ provider: 'google' }))
      assert.equal(down.get('code'), 'UPSTREAM_UNAVAILABLE')
      assert.ok(Number(down.get('retryAfter')) > 0, 'retryAfter in seconds')
    } finally {
      await world.control('providers/google/outage', { down: false })
    }
  })

  test(`${name}: where one access token fails, the rest of the answer arrives`, async () => {
    const { user, client } = await signedIn('cyd@example.com')
    await world.signIn(user, 'google')
    await world.signIn(user, 'spotify', EXPIRED)
    await client.connect({ provider: 'google' })
    await client.connect({ provider: 'spotify' })

    const { data, errors } = await client.listPartly({ providers: ['google', 'spotify'] })
    const [google, spotify] = data?.providerConnections ?? []
    assert.equal(await userinfo(world, 'google', google?.accessToken), 200)
    assert.equal(spotify?.provider, 'spotify')
    assert.equal(spotify.accessToken, null)
    const [error, ...more] = errors
    assert.deepEqual(error?.path, ['providerConnections', 1, 'accessToken'])
    assert.equal(more.length, 0)
    assert.equal(extensionsOf(error).get('code'), 'NOT_REFRESHABLE')
    assert.match(String(extensionsOf(error).get('reauthenticationUrl')), /\/signin\/provider\/spotify/)
  })

  return world
}

/** The extensions of the one error that the call ends with. */
async function refused(client: Client, call: () => Promise<unknown>): Promise<Map<string, unknown>> {
  const thrown: unknown = await call().then(
    (answer) => assert.fail(`no error, but ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  )
  const [failure, ...more] = client.failures(thrown)
  assert.ok(failure !== undefined && more.length === 0, `one GraphQL error, not ${String(thrown)}`)
  assert.notEqual(failure.message, '')
  return extensionsOf(failure)
}

function extensionsOf(failure: Failure | undefined): Map<string, unknown> {
  return new Map(Object.entries(failure?.extensions ?? {}))
}

/** What the provider's API answers to a call with this access token. */
async function userinfo(world: World, provider: string, accessToken: string | null | undefined): Promise<number> {
  const url = new URL(`/providers/${provider}/userinfo`, world.auth)
  return (await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })).status
}
