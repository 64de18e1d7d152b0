import { byId, el, setText } from './dom.js'
import { messageOf } from './requests.js'
import { user } from './session.js'
import { now, simulator } from './simulator.js'
import { morning, useToken } from './token.js'
import { nameOf, span } from './words.js'

/** @typedef {import('./simulator.js').Grant} Grant */

/** The provider whose world this is. */
let provider = ''
let down = false
/** As it was when the page last looked. */
let situation = { down, alive: false, ended: false }

export const world = () => situation
export const picked = () => provider

/** @param {(provider: string) => string} text Of the name. */
const said = (text) => text(nameOf(provider))

/** @param {number} minutes */
async function pass(minutes) {
  await simulator.advance(minutes * 60)
  return minutes === 60 ? 'An hour has passed.' : `${minutes} minutes have passed.`
}

/** What each button does, and what it says then. @type {Record<string, () => Promise<string>>} */
const ACTIONS = {
  use: () => useToken(provider).then(() => ''),
  ten: () => pass(10),
  hour: () => pass(60),
  morning: () => morning(provider),
  async down() {
    down = !down
    await simulator.setDown(provider, down)
    // A refresh that ended under five seconds ago is joined, not repeated.
    await simulator.advance(10)
    return said((name) => (down ? `Ten seconds later ${name} is down: every call to it fails.` : `Ten seconds later ${name} is back.`))
  },
  async expire() {
    await simulator.expire(me(), provider)
    return said((name) => `${name} has ended the access token early. Nobody told the server.`)
  },
  async revoke() {
    await simulator.revoke(me(), provider)
    return said((name) => `${name} has revoked the grant, as when you remove the app from your account there. Nobody told the server.`)
  },
  async rotate() {
    await simulator.rescript(me(), provider, { refreshToken: 'rotating_single_use' })
    return said((name) => `From now on each of ${name}’s refresh tokens works once and brings the next one. Refresh a few times: the server keeps up.`)
  },
}

function me() {
  const id = user()?.id
  if (!id) throw new Error('Sign in first: press Connect in the list.')
  return id
}

/**
 * @param {string[]} providers
 * @param {{ done: () => Promise<void>, pick: (provider: string) => void }} then
 */
export function startWorld(providers, { done, pick }) {
  offer(providers, pick)
  for (const [id, action] of Object.entries(ACTIONS)) {
    const button = byId(id)
    button.addEventListener('click', async () => {
      if (button.getAttribute('aria-busy') === 'true') return
      button.setAttribute('aria-busy', 'true')
      const place = byId('world-said')
      try {
        setText(place, await action())
        place.removeAttribute('data-bad')
      } catch (error) {
        setText(place, messageOf(error))
        place.setAttribute('data-bad', '')
      }
      await done()
      button.removeAttribute('aria-busy')
    })
  }
}

/** The providers to pick from. @param {string[]} providers @param {(provider: string) => void} pick */
export function offer(providers, pick) {
  byId('pick').replaceChildren(
    ...providers.map((id) => {
      const input = el('input', { type: 'radio', name: 'provider', value: id })
      input.checked = id === provider
      input.addEventListener('change', () => pick(id))
      return el('label', {}, input, el('span', {}, nameOf(id)))
    }),
  )
}

/** @param {string} next */
export function setPicked(next) {
  provider = next
  for (const input of byId('pick').querySelectorAll('input')) input.checked = input.value === next
  for (const element of document.querySelectorAll('[data-name]')) setText(element, nameOf(next))
  setText(byId('world-said'), '')
  byId('answers').replaceChildren()
}

/** What the provider knows, beside what the server believes. @returns {Promise<void>} */
export async function lookAtWorld() {
  const of = provider
  const id = user()?.id
  const [isDown, grant] = await Promise.all([
    simulator.isDown(of),
    id ? simulator.grant(id, of).catch(() => null) : null,
  ])
  if (of !== provider) return
  down = isDown
  setText(byId('down'), down ? `Bring ${nameOf(of)} back` : `Take ${nameOf(of)} down`)
  const ends = grant?.alive && grant.accessTokenExpiresAt ? Date.parse(grant.accessTokenExpiresAt) - now() : null
  situation = { down, alive: grant?.alive ?? false, ended: ends !== null && ends <= 0 }
  show('is-up', down ? 'down' : 'up', !down)
  show('grant', grantText(grant), grant?.alive ?? null)
  show('ends', grant?.alive ? endText(grant, ends) : '–', ends === null ? null : ends > 0)
  for (const button of ['expire', 'revoke', 'rotate']) {
    byId(button).toggleAttribute('disabled', !grant?.alive)
  }
}

/** @param {Grant | null} grant */
const grantText = (grant) => (!grant ? 'none yet' : grant.alive ? 'alive' : 'revoked')

/** @param {Grant} grant @param {number | null} left */
function endText(grant, left) {
  if (left === null) return grant.accessTokenExpiresAt ? '–' : 'never'
  return left > 0 ? `in ${span(left)}` : `ended ${span(left)} ago`
}

/** @param {string} id @param {string} text @param {boolean | null} good Null: neither. */
function show(id, text, good) {
  const element = byId(id)
  setText(element, text)
  if (good === null) element.removeAttribute('data-ok')
  else element.setAttribute('data-ok', String(good))
}
