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
/** As it was when the page last looked. */
let situation = { down: false, alive: false, ended: false }
/** Buttons that act on what the page has seen: until it has seen the provider that is picked, they would act on another one's state. */
const WAITING = ['do', 'switch', 'agent', 'grant-access', 'down', 'expire', 'rotate', 'revoke', 'neighbour']

export const world = () => situation
export const picked = () => provider

/**
 * What an action or a look is about: the provider that was picked and the user who was signed in when it began. Both may change while
 * it waits for an answer, and nothing is shown or kept of one that is no longer about what is shown.
 * @typedef {{ provider: string, user: ReturnType<typeof user>, isShown: () => boolean }} Subject
 */

/** @returns {Subject} */
export function subject() {
  const [of, who] = [provider, user()]
  return { provider: of, user: who, isShown: () => provider === of && user()?.id === who?.id }
}

/** @param {number} minutes */
async function pass(minutes) {
  await simulator.advance(minutes * 60)
  return minutes === 60 ? SAID.hour : SAID.minutes(minutes)
}

/** What each button does, and what it says then. @type {Record<string, import('./controls.js').Action>} */
export const WORLD_ACTIONS = {
  ten: () => pass(10),
  hour: () => pass(60),
  morning,
  async down({ provider: of }) {
    // The page looks again while this waits.
    const down = !situation.down
    await simulator.setDown(of, down)
    // A refresh that ended under five seconds ago is joined, not repeated.
    await simulator.advance(10)
    return named(down ? SAID.isDown : SAID.isBack, of)
  },
  async expire(about) {
    await simulator.expire(idIn(about), about.provider)
    return named(SAID.expired, about.provider)
  },
  async revoke(about) {
    await simulator.revoke(idIn(about), about.provider)
    return named(SAID.revoked, about.provider)
  },
  async rotate(about) {
    await simulator.rescript(idIn(about), about.provider, { refreshToken: 'rotating_single_use' })
    return named(SAID.rotates, about.provider)
  },
}

/** @param {Subject} about */
function idIn(about) {
  if (!about.user) throw new Failure(ERRORS.signedOut)
  return about.user.id
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
  forgetSeen()
  forgetAnswers()
}

/** What the page has seen is about another provider or user: see `WAITING`. The next look enables the buttons. */
export function forgetSeen() {
  situation = { down: false, alive: false, ended: false }
  for (const button of WAITING) byId(button).toggleAttribute('disabled', true)
}

/** What was answered is about a connection that is not shown any more. */
export function forgetAnswers() {
  byId('answers').replaceChildren()
  byId('agent-answers').replaceChildren()
}

/** What the provider knows. @param {Subject} about */
export async function readWorld(about) {
  const [down, grant] = await Promise.all([simulator.isDown(about.provider), about.user ? simulator.grant(about.user.id, about.provider) : null])
  return { down, grant }
}

/** Shows it next to what the server believes. @param {{ down: boolean, grant: Grant | null }} read */
export function showWorld({ down, grant }) {
  setText(byId('down'), named(down ? WORLD.bringBack : WORLD.takeDown, provider))
  byId('down').removeAttribute('disabled')
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
