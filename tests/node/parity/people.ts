import type { User, World } from '../harness/world.ts'
import { bearer, connected, direct, tokenOf } from '../hasura/setting.ts'
import type { Headers } from './gateways/gateway.ts'
import type { Query } from './queries/query.ts'

let count = 0

/** A new user, who has connected Google and GitHub, and has just signed in with Spotify. */
export async function newcomer(world: World): Promise<User> {
  count += 1
  const user = await connected(world, `user-${count}@example.com`, 'google', 'github')
  await world.signIn(user, 'spotify')
  return user
}

/** What a client of this user sends with the query. */
export function headersOf({ as }: Pick<Query, 'as'>, user: User): Headers {
  if (as === 'nobody') return {}
  if (as === undefined) return bearer(user)
  const [header, payload] = user.jwt.split('.')
  return { authorization: `Bearer ${header}.${payload}.${Buffer.alloc(32).toString('base64url')}` }
}

/** The value without what differs between two users of whom the same is true: their id, and the tokens that their providers take. */
export async function anonymous(world: World, user: User, value: unknown): Promise<unknown> {
  let text = JSON.stringify(value).replaceAll(user.id, 'their id')
  for (const [token, provider = ''] of text.matchAll(/sim-at-([a-z]+)-\w+/g)) {
    if (token === (await tokenOf(world, user, provider))) text = text.replaceAll(token, `their token of ${provider}`)
  }
  return JSON.parse(text)
}

/** What a change leaves behind: the connections, and how often each thing happened to them. */
export async function state(world: World, user: User): Promise<unknown> {
  const kinds = '[CONNECTED, REFRESHED, ROTATED, REFRESH_FAILED, ACCESS_GRANTED, ACCESS_REVOKED]'
  const query = `{ providerConnections { provider status accessToken events(kinds: ${kinds}) { kind clientId times code } } }`
  return await anonymous(world, user, await direct(world, bearer(user), { query }))
}
