// What the demo's backend has received.

import { byId, el, setGood } from './dom.js'
import { json, post } from './requests.js'
import { HOOKS, SAID, WHO, nameOf, timeOfDay } from './words.js'

/** @typedef {{ id: string, at: string, verified: boolean, type: string | null, provider: string | null, userId: string | null }} Webhook */

/** What is shown, as text, to leave it alone while it is the same. */
let shown = ''
/** Newest first, of this user and those that are forged. @type {Webhook[]} */
let webhooks = []

/** @returns {Promise<{ run: string, webhooks: Webhook[] }>} */
export const readWebhooks = () => json(WHO.backend, '/demo/webhooks')

/** Sends what somebody without the secret can send. @returns {Promise<string>} */
export async function forge() {
  return SAID.forged((await json(WHO.backend, '/demo/webhooks/forged', post({}))).status)
}

/** What was received of the connection to this provider. @param {string} provider */
export function receivedOf(provider) {
  const of = webhooks.filter((webhook) => webhook.verified && webhook.provider === provider)
  return {
    forged: webhooks.some(({ verified }) => !verified),
    notified: of.length > 0,
    disconnected: of.some(({ type }) => type === 'connection.disconnected'),
  }
}

/** @param {Webhook} webhook */
const verdict = ({ verified }) => (verified ? HOOKS.verified : HOOKS.forged)

/** The newest of the connection to this provider, in words. @param {string} provider */
export function latest(provider) {
  const newest = webhooks.find((webhook) => webhook.provider === provider)
  return newest ? HOOKS.latest(timeOfDay(newest.at, true), HOOKS.about(newest.type), verdict(newest)) : ''
}

/** @param {Webhook} webhook */
function row(webhook) {
  const { at, verified, type, provider } = webhook
  const badge = el('span', { class: 'badge' }, verdict(webhook))
  const about = provider ? `${nameOf(provider)}: ${HOOKS.about(type)}` : HOOKS.about(type)
  const item = el('li', {}, el('time', { datetime: at }, timeOfDay(at, true)), el('span', {}, about), badge, el('code', {}, type ?? ''))
  setGood(item, verified)
  return item
}

/** @param {Webhook[]} all Newest first. @param {string | undefined} user */
export function showWebhooks(all, user) {
  webhooks = all.filter(({ verified, userId }) => !verified || (user !== undefined && userId === user))
  const text = JSON.stringify(webhooks)
  if (text === shown) return
  shown = text
  byId('hooks').replaceChildren(...webhooks.map(row))
  byId('no-hooks').hidden = webhooks.length > 0
}
