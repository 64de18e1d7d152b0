// The tour's steps, and how far a person has come. The server knows most of it: what happened to a
// connection, and which webhooks it sent. So the tour goes on after the page was left to sign in.

/** @typedef {{ kind: string, at: string, actor?: string }} Event As in the schema's `ProviderConnectionEvent`. */

/**
 * What is known besides the events of the connection.
 * @typedef {object} Seen
 * @property {boolean} used This page has used a token: the server writes that a little later.
 * @property {boolean} forged The backend has refused a forged webhook.
 * @property {boolean} notified The backend was notified of this connection.
 * @property {boolean} neighbour Bob has to sign in again, while this connection is well.
 * @property {boolean} agent An agent has used a token.
 * @property {boolean} disconnected The backend was notified that this connection was removed.
 */

/**
 * How things stand with a connection.
 * @typedef {object} Situation
 * @property {boolean} connected
 * @property {boolean} down The provider is down.
 * @property {boolean} alive The grant is.
 * @property {boolean} ended The access token has expired.
 * @property {boolean} failing Its last refresh failed.
 * @property {boolean} granted The agent may read tokens.
 * @property {boolean} asked The agent was refused one.
 */

/** In their order; their texts are in words.js. */
export const STEPS = ['connected', 'used', 'renewed', 'survived', 'revoked', 'healed', 'notified', 'neighbour', 'switched', 'granted', 'disconnected']

/** Those that need a connection which is well, where none of the tour's has broken it. */
const AFTER_HEALING = STEPS.slice(STEPS.indexOf('healed') + 1)

/** A refresh that comes so long after the token was made was due, in milliseconds. */
const DUE = 50 * 60_000
const RENEWALS = ['REFRESHED', 'ROTATED']

/** @type {Seen} */
export const NOTHING_SEEN = { used: false, forged: false, notified: false, neighbour: false, agent: false, disconnected: false }

/**
 * Which steps are done, by id, and whether refreshing has failed since the token was made.
 * @param {readonly Event[] | null} events Of the connection, newest first as the server gives them; null: not connected.
 * @param {Seen} seen
 */
export function progress(events, seen) {
  /** @type {Set<string>} */
  const done = new Set()
  let failing = false
  if (seen.disconnected) done.add('disconnected')
  if (events === null) return { done, failing }
  done.add('connected')
  if (seen.used) done.add('used')
  if (seen.forged && seen.notified) done.add('notified')
  if (seen.neighbour) done.add('neighbour')
  if (seen.agent) done.add('granted')
  /** When the token that is in use was made. @type {number | null} */
  let made = null
  for (const { kind, at, actor } of events.toReversed()) {
    const time = Date.parse(at)
    if (kind === 'TOKEN_READ') done.add(actor === 'CLIENT' ? 'granted' : 'used')
    if (kind === 'ACCOUNT_CHANGED') done.add('switched')
    if (RENEWALS.includes(kind)) {
      if (failing) done.add('survived')
      if (made !== null && time - made >= DUE && !failing) done.add('renewed')
    }
    if (kind === 'REFRESH_FAILED') failing = true
    if (kind === 'REAUTHENTICATION_REQUIRED') done.add('revoked')
    if (kind === 'CONNECTED' && done.has('revoked')) done.add('healed')
    if (kind === 'CONNECTED' || RENEWALS.includes(kind)) {
      made = time
      failing = false
    }
  }
  return { done, failing }
}

/**
 * What to press next: the id of a control, or `element:` and an action of the list.
 * @param {string | undefined} step
 * @param {Situation} situation
 */
export function nextControl(step, { connected, down, alive, ended, failing, granted, asked }) {
  if (step === undefined) return null
  if (!connected) return 'element:connect'
  if (AFTER_HEALING.includes(step) && down) return 'down'
  if (AFTER_HEALING.includes(step) && !alive) return 'element:sign-in-again'
  if (step === 'used') return 'use'
  if (step === 'renewed') return ended ? 'use' : 'hour'
  if (step === 'survived') return down === failing ? 'down' : 'element:refresh'
  if (step === 'revoked') return alive ? 'revoke' : 'morning'
  if (step === 'healed') return 'element:sign-in-again'
  if (step === 'notified') return 'forge'
  if (step === 'neighbour') return 'neighbour'
  if (step === 'switched') return 'switch'
  if (step === 'granted') return asked && !granted ? 'grant-access' : 'agent'
  return 'element:disconnect'
}
