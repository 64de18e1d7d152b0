// The story of two minutes, and how far a person has come in it. Nothing is remembered for it: the
// server keeps what happened to a connection, so the story goes on after the page was left to sign in.

/** @typedef {{ kind: string, at: string }} Event As in the schema's `ProviderConnectionEvent`. */
/**
 * @typedef {object} Step
 * @property {string} id
 * @property {string} title
 * @property {string} task What to do, with `{}` for the provider's name.
 * @property {string} lesson Why it matters; shown when it is done.
 */

/** How things stand with a connection. @typedef {{ down: boolean, alive: boolean, ended: boolean, failing: boolean }} Situation */

/** @type {Step[]} */
export const STEPS = [
  {
    id: 'connected',
    title: 'Connect {}',
    task: 'Press the button at {}. On the next page any address will do: allow it.',
    lesson: 'The server fetched {}’s tokens from Nhost Auth, which hands them out once, and sealed them.',
  },
  {
    id: 'used',
    title: 'Use the token',
    task: 'Let your app call {}’s API.',
    lesson: 'Your app asked for an access token and got one that works. It never saw the refresh token.',
  },
  {
    id: 'renewed',
    title: 'Let an hour pass',
    task: 'Let an hour pass: the token ends. Then use it again.',
    lesson: 'It still works: the server saw that the token had ended, and renewed it before it gave it out.',
  },
  {
    id: 'survived',
    title: 'Take {} down',
    task: 'Take {} down and refresh in the list: it fails, in words. Bring {} back, and refresh again.',
    lesson: 'Nothing was lost. An outage is no reason to ask anybody to sign in again.',
  },
  {
    id: 'revoked',
    title: 'Revoke the grant',
    task: 'Revoke the grant, as in the settings of a {} account. Then let a morning pass.',
    lesson: 'Nobody told the server. It made sure that this is no outage, and then said what to do.',
  },
  {
    id: 'healed',
    title: 'Sign in again',
    task: 'Press Sign in again at {}.',
    lesson: 'One click, and the app goes on where it was. That is all that users ever have to do.',
  },
]

/** A refresh that comes so long after the token was made was due, in milliseconds. */
const DUE = 50 * 60_000
const RENEWALS = ['REFRESHED', 'ROTATED']

/**
 * Which steps are done, by id, and whether refreshing has failed since the token was made.
 * @param {readonly Event[] | null} events Of the connection, newest first as the server gives them; null: not connected.
 * @param {boolean} used Whether this page has used a token: the server tells of that a little later.
 */
export function progress(events, used) {
  /** @type {Set<string>} */
  const done = new Set()
  let failing = false
  if (events === null) return { done, failing }
  done.add('connected')
  if (used) done.add('used')
  /** When the token that is in use was made. @type {number | null} */
  let made = null
  for (const { kind, at } of events.toReversed()) {
    const time = Date.parse(at)
    if (kind === 'TOKEN_READ') done.add('used')
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
 * Where to click next: an id of the page, or `element` for the list.
 * @param {string | undefined} step
 * @param {Situation} situation
 */
export function nextControl(step, { down, alive, ended, failing }) {
  if (step === undefined) return null
  if (step === 'used') return 'use'
  if (step === 'renewed') return ended ? 'use' : 'hour'
  if (step === 'survived') return down === failing ? 'down' : 'element'
  if (step === 'revoked') return alive ? 'revoke' : 'morning'
  return 'element'
}
