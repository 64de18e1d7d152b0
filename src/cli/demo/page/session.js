import { Failure, ask, json, post } from './requests.js'
import { demoRun, nhostAuth, now } from './simulator.js'
import { ERRORS, WHO } from './words.js'

/** @typedef {{ accessToken: string, refreshToken: string, user: { id: string, email?: string | null } }} Session */

/** A JWT that ends sooner is renewed before it is used, in milliseconds. */
const SPARE = 30_000

/**
 * Where the tab keeps what renews the user's session with Nhost Auth, while the page is left for a
 * sign-in. nhost-js keeps the same in localStorage; with the providers it has nothing to do. Another
 * run of the demo doesn't know it: asking would be an error in the browser's console.
 */
const KEPT = 'nhost-auth-refresh-token'

/**
 * The user's session with Nhost Auth. The JWT is nowhere else.
 * @type {Session | null}
 */
let session = null

/** @type {Promise<void> | null} */
let renewing = null

/** Told when somebody signs in or out. */
export const changes = new EventTarget()

export const user = () => session?.user ?? null

/** @param {Session | null} next */
function set(next) {
  const before = session?.user.id
  session = next
  if (next) sessionStorage.setItem(KEPT, `${demoRun} ${next.refreshToken}`)
  else sessionStorage.removeItem(KEPT)
  if (before !== next?.user.id) changes.dispatchEvent(new Event('user'))
}

export const signOut = () => set(null)

/** Exchanges Nhost Auth's own refresh token, which works once. @param {string} refreshToken @returns {Promise<Session>} */
const exchange = (refreshToken) => json(WHO.nhostAuth, `${nhostAuth}/token`, post({ refreshToken }))

/**
 * Back from a sign-in the address has a refresh token, and must not keep it. Back from one that only
 * linked a provider, or after a reload, the tab knows who was here.
 */
async function resume() {
  const url = new URL(location.href)
  const refreshToken = url.searchParams.get('refreshToken')
  if (refreshToken !== null) {
    url.searchParams.delete('refreshToken')
    history.replaceState(history.state, '', url)
    set(await exchange(refreshToken))
    return
  }
  const [of, kept] = (sessionStorage.getItem(KEPT) ?? '').split(' ')
  if (of !== demoRun || !kept) return
  // It may be used up, by a copy of this tab: nobody is signed in, then, and nothing is wrong.
  set(await exchange(kept).catch(() => null))
}

/** When a JWT ends, in milliseconds. @param {string} jwt @returns {number} */
export function endOf(jwt) {
  const claims = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  return JSON.parse(atob(claims)).exp * 1000
}

/** @param {Session} old */
async function renew(old) {
  try {
    const next = await exchange(old.refreshToken)
    // Who has signed out meanwhile stays so.
    if (session === old) set(next)
  } catch (error) {
    if (session === old) set(null)
    throw error
  }
}

/**
 * A JWT that is good now; null: nobody is signed in. One renewal at a time: the refresh token works once.
 * @param {{ fresh: boolean }} options `fresh`: the last one was refused.
 * @returns {Promise<string | null>}
 */
export async function jwt({ fresh }) {
  await resumed
  if (session && (fresh || renewing || endOf(session.accessToken) - now() < SPARE)) {
    renewing ??= renew(session).finally(() => (renewing = null))
    await renewing
  }
  return session?.accessToken ?? null
}

/**
 * Asks this server, as the user.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {boolean} [fresh]
 * @returns {Promise<any>}
 */
export async function graphql(query, variables = {}, fresh = false) {
  const bearer = await jwt({ fresh })
  if (bearer === null) throw new Failure(ERRORS.signedOut)
  try {
    return await ask(bearer, query, variables)
  } catch (error) {
    if (error instanceof Failure && error.reason === 'jwt-expired' && !fresh) return graphql(query, variables, true)
    throw error
  }
}

/** Whether the sign-in that this page may be back from has ended, well or badly. */
export const resumed = resume().then(
  () => null,
  (error) => error,
)
