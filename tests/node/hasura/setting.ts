import { JWT_KEY, SERVICE_SECRET, type User, type World } from '../harness/world.ts'
import type { Row } from './app.ts'
import { Hasura, type Settings } from './engine.ts'
import { at } from './json.ts'

export const ADMIN_SECRET = 'hasura-admin-secret-of-the-tests'
export const AS_ADMIN = { 'x-hasura-admin-secret': ADMIN_SECRET } as const
/** As docs for an app have it: the service secret configured as a header of the remote schema. */
export const AS_SERVICE = { 'x-service-secret': SERVICE_SECRET } as const

/** Hasura before the server, with its metadata as an app would have it. */
export async function hasuraBefore(world: World, more: Partial<Settings> = {}): Promise<Hasura> {
  return await Hasura.merging({
    url: world.graphql,
    headers: AS_SERVICE,
    forwardClientHeaders: true,
    adminSecret: ADMIN_SECRET,
    jwtKey: JWT_KEY,
    ...more,
  })
}

export function bearer(user: User): { readonly authorization: string } {
  return { authorization: `Bearer ${user.jwt}` }
}

export function row(user: User, n = 0): Row {
  return { id: user.id, email: `user-${n}@example.com`, displayName: `User ${n}` }
}

/** One request straight to the server, and what it answers. */
export async function direct(world: World, headers: Readonly<Record<string, string>>, body: unknown): Promise<unknown> {
  const response = await fetch(world.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return await response.json()
}

/** A user with a connection to each provider. */
export async function connected(world: World, email: string, ...providers: readonly string[]): Promise<User> {
  const user = await world.user(email)
  for (const provider of providers) {
    await world.signIn(user, provider)
    const answer = await direct(world, bearer(user), { query: `mutation { connectProvider(provider: ${provider}) { id } }` })
    if (at(answer, 'data', 'connectProvider', 'id') === undefined) throw new Error(`not connected: ${JSON.stringify(answer)}`)
  }
  return user
}

/** The access token that the simulated provider would take from this user now. */
export async function tokenOf(world: World, user: User, provider: string): Promise<unknown> {
  return at(await world.control(`grants/${user.id}/${provider}`, undefined, 'GET'), 'currentAccessToken')
}
