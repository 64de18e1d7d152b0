// The provider's side, and time.

import { byId, el, setGood, setText } from './dom.js'
import { Failure } from './requests.js'
import { user } from './session.js'
import { now, simulator } from './simulator.js'
import { morning } from './token.js'
import { ERRORS, SAID, WORLD, nameOf, named } from './words.js'

/** @typedef {import('./simulator.js').Grant} Grant */

/** The provider that everything is about. */
let provider = ''
let down = false
/** As it was when the page last looked. */
let situation = { down, alive: false, ended: false }

export const world = () => situation
export const picked = () => provider

/** @param {string} text */
const said = (text) => named(text, provider)

/** @param {number} minutes */
async function pass(minutes) {
  await simulator.advance(minutes * 60)
  return minutes === 60 ? SAID.hour : SAID.minutes(minutes)
}

/** What each button does, and what it says then. @type {Record<string, import('./controls.js').Action>} */
export const WORLD_ACTIONS = {
  ten: () => pass(10),
  hour: () => pass(60),
  morning: () => morning(provider),
  async down() {
    down = !down
    await simulator.setDown(provider, down)
    // A refresh that ended under five seconds ago is joined, not repeated.
    await simulator.advance(10)
    return said(down ? SAID.isDown : SAID.isBack)
  },
  async expire() {
    await simulator.expire(me(), provider)
    return said(SAID.expired)
  },
  async revoke() {
    await simulator.revoke(me(), provider)
    return said(SAID.revoked)
  },
  async rotate() {
    await simulator.rescript(me(), provider, { refreshToken: 'rotating_single_use' })
    return said(SAID.rotates)
  },
}

function me() {
  const id = user()?.id
  if (!id) throw new Failure(said(ERRORS.signedOut))
  return id
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
  forgetAnswers()
}

/** What was answered is about a connection that is not shown any more. */
export function forgetAnswers() {
  byId('answers').replaceChildren()
  byId('agent-answers').replaceChildren()
}

/** What the provider knows, next to what the server believes. @returns {Promise<void>} */
export async function lookAtWorld() {
  const of = provider
  const id = user()?.id
  const [isDown, grant] = await Promise.all([simulator.isDown(of), id ? simulator.grant(id, of) : null])
  if (of !== provider) return
  down = isDown
  setText(byId('down'), said(down ? WORLD.bringBack : WORLD.takeDown))
  const alive = grant?.alive ?? false
  const ends = alive && grant?.accessTokenExpiresAt ? Date.parse(grant.accessTokenExpiresAt) - now() : null
  situation = { down, alive, ended: ends !== null && ends <= 0 }
  show('is-up', down ? WORLD.down : WORLD.up, !down)
  show('grant', !grant ? WORLD.noGrant : alive ? WORLD.alive : WORLD.revoked, grant ? alive : null)
  show('ends', !alive ? WORLD.nothing : ends === null ? WORLD.never : WORLD.ends(ends), ends === null ? null : ends > 0)
  for (const button of ['expire', 'revoke', 'rotate']) byId(button).toggleAttribute('disabled', !alive)
}

/** @param {string} id @param {string} text @param {boolean | null} good */
function show(id, text, good) {
  setText(byId(id), text)
  setGood(byId(id), good)
}
