import { byId, el, setGood } from './dom.js'
import { Failure, messageOf } from './requests.js'
import { graphql } from './session.js'
import { now, simulator } from './simulator.js'
import { ANSWERS, ERRORS, SAID, ending, named, timeOfDay } from './words.js'

export const READ = 'query ($provider: OAuthProvider!) { providerConnection(provider: $provider) { accessToken } }'

/** Of four hours. */
export const HALF_HOURS = 8

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

/** @typedef {import('./world.js').Subject} Subject */
/** @typedef {{ ok: boolean, token: string, status: number, words: string, body: string }} Answer */

/** Calls the provider's API. @param {string} provider @param {string} token @returns {Promise<Answer>} */
export async function callApi(provider, token) {
  const response = await simulator.userinfo(provider, token)
  const { ok, status } = response
  const words = ok ? ANSWERS.works : status === 401 ? ANSWERS.expired : status === 503 ? ANSWERS.down : ANSWERS.refused
  return { ok, token, status, words: `${status} ${words}`, body: await response.text() }
}

/** @param {string} who @param {Answer} answer @param {string} note */
export function answerRow(who, { ok, token, words, body }, note) {
  const row = el(
    'li',
    {},
    el('span', { class: 'who' }, who),
    el('code', { class: 'token' }, ending(token)),
    el('span', { class: 'badge' }, words),
    el('code', { class: 'body' }, body),
    el('p', {}, note),
  )
  setGood(row, ok)
  return row
}

/** A row for what brought no token. @param {string} note */
export function refusalRow(note) {
  const row = el('li', {}, el('p', {}, note))
  setGood(row, false)
  return row
}

/** Reads the access token, as an app does right before it needs one. @param {string} provider @returns {Promise<string>} */
export async function readToken(provider) {
  const { providerConnection } = await graphql(READ, { provider })
  if (!providerConnection) throw new Failure(named(ERRORS.notConnected, provider))
  return providerConnection.accessToken
}

/** Reads a token and uses it; says it whole. @param {Subject} about @returns {Promise<string>} */
export async function useToken(about) {
  return (await use(about)).said
}

/**
 * Reads and uses the token, and shows what came of it.
 * @param {Subject} about
 * @returns {Promise<{ answer: Answer | null, said: string }>}
 */
async function use({ provider, isShown }) {
  try {
    const token = await readToken(provider)
    const since = now()
    const answer = await callApi(provider, token)
    const text = answer.ok ? ANSWERS.took : answer.status === 401 ? ANSWERS.endedEarly : ANSWERS.stillHandedOut
    const note = named(text, provider)
    const kept = await stored(provider, token)
    if (isShown()) {
      if (!first.has(provider)) first.set(provider, { token, since })
      if (answer.ok) used.add(provider)
      byId('answers').replaceChildren(answerRow(ANSWERS.fromServer(timeOfDay(now())), answer, note), ...(kept ? [kept.row] : []))
    }
    const said = [`${ending(token)} ${answer.words}`, ...(kept ? [`${kept.who}: ${ending(kept.answer.token)} ${kept.answer.words}`] : [])]
    return { answer, said: answer.ok ? `${said.join('. ')}.` : note }
  } catch (error) {
    const said = named(messageOf(error), provider)
    if (isShown()) byId('answers').replaceChildren(refusalRow(said))
    return { answer: null, said }
  }
}

/** What an app would see that had stored its first token; null: it is the current one. @param {string} provider @param {string} current */
async function stored(provider, current) {
  const old = first.get(provider)
  if (!old || old.token === current) return null
  const answer = await callApi(provider, old.token)
  const who = ANSWERS.keptSince(timeOfDay(old.since))
  return { who, answer, row: answerRow(who, answer, answer.ok ? ANSWERS.firstIsAlive : ANSWERS.firstHasEnded) }
}

/**
 * Lets four hours pass; the app uses a token every half hour.
 * @param {Subject} about
 * @returns {Promise<import('./controls.js').Said>}
 */
export async function morning(about) {
  const said = []
  let good = 0
  for (let half = 1; half <= HALF_HOURS; half += 1) {
    await simulator.advance(1800)
    const { answer } = await use(about)
    if (answer?.ok) good += 1
    said.push(`${timeOfDay(now())}: ${answer ? `${ending(answer.token)} ${answer.words}` : ANSWERS.noToken}`)
  }
  return { text: SAID.morning(said), short: named(SAID.morningInShort(good, HALF_HOURS), about.provider) }
}
