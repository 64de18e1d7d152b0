import { webAddress } from './address.js'
import { Failure } from './failure.js'
import { field, parse, text } from './json.js'
import { LIMIT, post } from './post.js'

/**
 * One GraphQL request; answers `data`.
 * @param {URL} endpoint
 * @param {string | null} jwt Null: nobody's call.
 * @param {string} query
 * @param {Record<string, string | boolean | readonly string[]>} variables
 * @returns {Promise<unknown>}
 * @throws {Failure} As `post` does.
 */
export async function request(endpoint, jwt, query, variables) {
  return (await post(endpoint, jwt, query, variables)).data
}

/**
 * Asks Nhost Auth for the address to link an account at (`POST /link/provider/…`), which sets the cookie that says who links.
 * @param {URL} signIn The address of a sign-in with the provider.
 * @param {string} jwt
 * @param {{ redirectTo: string, state: string }} back
 * @returns {Promise<URL>}
 * @throws {Failure} `ELEVATION_REQUIRED` where the user has to confirm first that it is them.
 */
export async function linkAddress(signIn, jwt, back) {
  const endpoint = new URL(signIn)
  endpoint.pathname = endpoint.pathname.replace(/\/signin\/provider\/(?=[^/]+$)/, '/link/provider/')
  endpoint.search = ''
  let response
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
      body: JSON.stringify(back),
      credentials: 'include',
      cache: 'no-store',
      signal: AbortSignal.timeout(LIMIT),
    })
  } catch {
    throw new Failure('OFFLINE')
  }
  if (response.status === 403) throw new Failure('ELEVATION_REQUIRED')
  if (response.status === 409) throw new Failure('PROVIDER_NOT_ENABLED')
  const url = response.ok ? webAddress(text(field(parse(await response.text()), 'url'))) : null
  if (url === null) throw new Failure('SIGN_IN_FAILED')
  return url
}
