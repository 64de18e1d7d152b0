import { byId, el } from './dom.js'
import { messageOf } from './requests.js'
import { graphql } from './session.js'
import { now, simulator } from './simulator.js'
import { ending, nameOf, timeOfDay } from './words.js'

const READ = 'query ($provider: OAuthProvider!) { providerConnection(provider: $provider) { accessToken } }'

/**
 * The first token that this page was handed of each provider: what an app would have that kept it.
 * In this variable and nowhere else.
 * @type {Map<string, { token: string, since: number }>}
 */
const first = new Map()

/** Providers whose token this page has used. @type {Set<string>} */
export const used = new Set()

/** Whoever it was, their tokens are nobody else's. */
export function forgetTokens() {
  first.clear()
  used.clear()
  byId('answers').replaceChildren()
}

/** @typedef {{ ok: boolean, token: string, status: string, body: string }} Answer */

/** @param {string} provider @param {string} token @returns {Promise<Answer>} */
async function ask(provider, token) {
  const response = await simulator.userinfo(provider, token)
  const words = response.ok ? 'works' : response.status === 401 ? 'has ended' : response.status === 503 ? 'provider is down' : 'refused'
  return { ok: response.ok, token, status: `${response.status} ${words}`, body: await response.text() }
}

/** @param {string} who @param {Answer} answer @param {string} note */
const row = (who, { ok, token, status, body }, note) =>
  el(
    'li',
    { 'data-ok': String(ok) },
    el('span', { class: 'who' }, who),
    el('code', { class: 'token' }, ending(token)),
    el('span', { class: 'badge' }, status),
    el('code', { class: 'body' }, body),
    el('p', {}, note),
  )

/**
 * Reads the access token, as an app does right before it needs one, and calls the provider's API.
 * @param {string} provider
 * @returns {Promise<Answer>}
 */
async function read(provider) {
  const { providerConnection } = await graphql(READ, { provider })
  if (!providerConnection) throw new Error(`${nameOf(provider)} is not connected yet: press Connect in the list.`)
  const token = providerConnection.accessToken
  if (!first.has(provider)) first.set(provider, { token, since: now() })
  const answer = await ask(provider, token)
  if (answer.ok) used.add(provider)
  return answer
}

/**
 * Reads and uses the token, and shows what came of it.
 * @param {string} provider
 * @returns {Promise<string>} The same in few words.
 */
export async function useToken(provider) {
  const name = nameOf(provider)
  try {
    const answer = await read(provider)
    const note = answer.ok
      ? `${name}’s API took the token that the server handed out.`
      : answer.status.startsWith('401')
        ? `${name} ended this token before its time, and told nobody. Refresh ${name} in the list, then use the token again.`
        : `The server still handed out the token that it keeps. ${name} itself does not answer.`
    await show(provider, row(`From the server, ${timeOfDay(now())}`, answer, note), answer.token)
    return `${ending(answer.token)} ${answer.status}`
  } catch (error) {
    await show(provider, el('li', { 'data-ok': 'false' }, el('p', {}, messageOf(error))), '')
    return 'no token'
  }
}

/** Beside it what an app would see that had kept its first token. @param {string} provider @param {HTMLLIElement} fromServer @param {string} current */
async function show(provider, fromServer, current) {
  const rows = [fromServer]
  const old = first.get(provider)
  if (old && old.token !== current) {
    const answer = await ask(provider, old.token)
    const note = answer.ok
      ? 'The page’s first token is alive yet: older tokens stay good until they end.'
      : 'A page alone could only renew it by keeping the refresh token, too, where any script can read it.'
    rows.push(row(`Kept in the page since ${timeOfDay(old.since)}`, answer, note))
  }
  byId('answers').replaceChildren(...rows)
}

/**
 * Lets four hours pass; the app uses a token every half hour.
 * @param {string} provider
 * @returns {Promise<string>}
 */
export async function morning(provider) {
  const said = []
  for (let half = 1; half <= 8; half += 1) {
    await simulator.advance(1800)
    said.push(`${timeOfDay(now())}: ${await useToken(provider)}`)
  }
  return `Four hours have passed, and the app wanted a token every half hour. ${said.join('; ')}.`
}
