import { createHmac, timingSafeEqual } from 'node:crypto'

import { HasuraError } from './error.ts'
import { at, isObject } from './json.ts'

export const ADMIN = 'admin'
const CLAIMS = 'https://hasura.io/jwt/claims'

/** Headers, by names in lower case. */
export type Headers = ReadonlyMap<string, string>

/** Who asks: `Hasura/Session.hs`. */
export interface Session {
  readonly role: string
  /** Names in lower case, `x-hasura-role` among them. */
  readonly variables: ReadonlyMap<string, string>
}

/** With what Hasura merges a remote schema: no client, and the role admin. */
export const ADMIN_SESSION: Session = { role: ADMIN, variables: new Map([['x-hasura-role', ADMIN]]) }

export function headers(given: Readonly<Record<string, string>>): Headers {
  return new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
}

export function isSessionVariable(name: string): boolean {
  return name.toLowerCase().startsWith('x-hasura-')
}

/**
 * The client's session: with the admin secret whatever its headers say, else what its JWT says, with the role that it
 * asks for among those that the JWT allows (`Hasura/Server/Auth.hs`, `Hasura/Server/Auth/JWT.hs`).
 */
export function sessionOf(client: Headers, adminSecret: string, jwtKey: string): Session {
  const secret = client.get('x-hasura-admin-secret')
  if (secret !== undefined) {
    if (secret !== adminSecret) throw new HasuraError('access-denied', 'invalid "x-hasura-admin-secret"/"x-hasura-access-key"')
    const role = client.get('x-hasura-role') ?? ADMIN
    const named = [...client].filter(([name]) => isSessionVariable(name) && name !== 'x-hasura-admin-secret')
    return { role, variables: new Map([...named, ['x-hasura-role', role]]) }
  }
  const bearer = client.get('authorization')?.match(/^Bearer (\S+)$/i)?.[1]
  if (bearer === undefined) {
    throw new HasuraError('invalid-headers', "Missing 'Authorization' or 'Cookie' header in JWT authentication mode")
  }
  const claims = new Map(Object.entries(claimsOf(bearer, jwtKey)).map(([name, value]) => [name.toLowerCase(), value]))
  const allowed = claims.get('x-hasura-allowed-roles')
  const role = client.get('x-hasura-role') ?? claims.get('x-hasura-default-role')
  if (typeof role !== 'string' || !Array.isArray(allowed) || !allowed.includes(role)) {
    throw new HasuraError('access-denied', 'Your requested role is not in allowed roles')
  }
  const variables = new Map<string, string>()
  for (const [name, value] of claims) if (typeof value === 'string') variables.set(name, value)
  variables.delete('x-hasura-default-role')
  return { role, variables: variables.set('x-hasura-role', role) }
}

function claimsOf(jwt: string, key: string): Readonly<Record<string, unknown>> {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const expected = createHmac('sha256', key).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new HasuraError('invalid-jwt', 'Could not verify JWT: JWSError JWSInvalidSignature')
  }
  const claims = at(JSON.parse(Buffer.from(payload, 'base64url').toString()), CLAIMS)
  if (!isObject(claims)) throw new HasuraError('jwt-invalid-claims', `claims key: '${CLAIMS}' not found`)
  return claims
}

/** A JWT with these claims for Hasura, valid for an hour. */
export function jwtWith(claims: Readonly<Record<string, unknown>>, sub: string, issuer: string, key: string): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, iss: issuer, iat: now, exp: now + 3600, [CLAIMS]: claims })}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
