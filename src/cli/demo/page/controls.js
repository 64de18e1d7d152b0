// The page's buttons: each does one thing, says what came of it, and has the page look again.

import { byId, setText } from './dom.js'
import { messageOf } from './requests.js'
import { named } from './words.js'
import { subject } from './world.js'

/** What an action says: next to its own button, and in few words next to the step. @typedef {{ text: string, short: string }} Said */
/** @typedef {import('./world.js').Subject} Subject */
/** @typedef {(about: Subject) => Promise<string | Said>} Action */

/** @type {Record<string, Action>} */
let actions = {}
let done = async () => {}
/** Ids of the buttons whose action is under way. @type {Set<string>} */
const running = new Set()

/** Says it next to the step. Nothing said before is new any more. @param {string} text @param {boolean} [bad] */
export function say(text, bad = false) {
  forgetSaid()
  show(byId('step-said'), text, bad)
}

/** Nothing that was said is about another provider or user. */
export function forgetSaid() {
  for (const place of document.querySelectorAll('.said')) show(place, '', false)
}

/** @param {Element} place @param {string} text @param {boolean} bad */
function show(place, text, bad) {
  setText(place, text)
  place.toggleAttribute('data-bad', bad)
}

/** What an action says, or why it failed. @param {Action} action @param {Subject} about @returns {Promise<Said & { bad: boolean }>} */
async function outcome(action, about) {
  try {
    const said = await action(about)
    return { ...(typeof said === 'string' ? { text: said, short: said } : said), bad: false }
  } catch (error) {
    const text = named(messageOf(error), about.provider)
    return { text, short: text, bad: true }
  }
}

/** Does what the button with this id does. @param {string} id */
export async function press(id) {
  const action = actions[id]
  const button = byId(id)
  if (!action || running.has(id)) return
  const about = subject()
  running.add(id)
  for (const busy of [button, byId('do')]) busy.setAttribute('aria-busy', 'true')
  const { text, short, bad } = await outcome(action, about)
  if (about.isShown()) {
    say(short, bad)
    const beside = button.closest('section')?.querySelector('.said')
    if (beside) show(beside, text, bad)
  }
  await done()
  running.delete(id)
  button.removeAttribute('aria-busy')
  if (running.size === 0) byId('do').removeAttribute('aria-busy')
}

/** @param {Record<string, Action>} all By the ids of their buttons. @param {() => Promise<void>} then */
export function startControls(all, then) {
  actions = all
  done = then
  for (const id of Object.keys(all)) byId(id).addEventListener('click', () => void press(id))
}
