// The tour: the step with its button and what came of it, and the list of all steps.

import { press } from './controls.js'
import { byId, el, setGood, setText } from './dom.js'
import { STEPS, nextControl } from './story.js'
import { STEPS as WORDS, TOUR, nameOf, named } from './words.js'

/** @typedef {import('./story.js').Situation} Situation */

/** @type {Map<string, { item: HTMLLIElement, title: HTMLElement, tick: HTMLElement, lesson: HTMLElement }>} */
const items = new Map()
let provider = ''
/** What the tour stands at, to tell when it moves on. */
let last = ''
/** What to press next: see `nextControl`. @type {string | null} */
let next = null

/** @param {string} step */
const wordsOf = (step) => {
  const { title = '', task = '', lesson = '' } = WORDS[step] ?? {}
  return { title: named(title, provider), task: named(task, provider), lesson: named(lesson, provider) }
}

/** A button of the list that can be seen. @param {string} action @returns {HTMLElement | null} */
function inElement(action) {
  const button = rowOfElement()?.querySelector(`button[data-action="${action}"]`)
  return button instanceof HTMLElement && button.checkVisibility() ? button : null
}

/** Where the list asks whether to disconnect, the button that says yes. */
const confirmation = () => (next === 'element:disconnect' ? inElement('confirm') : null)

/** The provider's row in the list, which has a tree of its own. */
const rowOfElement = () => byId('connections').shadowRoot?.querySelector(`[data-provider="${provider}"]`) ?? null

/** The button that is pressed next; in the list, one that is there, whatever it is. */
function target() {
  if (!next) return null
  if (!next.startsWith('element:')) return byId(next)
  return confirmation() ?? inElement(next.slice('element:'.length)) ?? rowOfElement()?.querySelector('button:not([hidden])') ?? byId('connections')
}

function showNext() {
  const shown = target()
  if (!(shown instanceof HTMLElement)) return
  shown.scrollIntoView({ block: 'center' })
  shown.focus()
}

function doNext() {
  if (next && !next.startsWith('element:')) return void press(next)
  const button = target()
  if (!(button instanceof HTMLElement)) return
  button.click()
  // The list may ask, and takes the focus then: the next press is here, too.
  if (!confirmation()) return
  setText(byId('do'), TOUR.confirm)
  byId('do').focus()
}

/** @param {string} step */
function item(step) {
  const title = el('strong')
  const tick = el('span', { class: 'only-said' })
  const lesson = el('p')
  const made = { item: el('li', { 'data-step': step }, title, tick, lesson), title, tick, lesson }
  items.set(step, made)
  return made.item
}

/** @param {MediaQueryList} wide Whether there is room for all steps next to the rest. */
export function startSteps(wide) {
  byId('steps').append(...STEPS.map(item))
  byId('progress-bar').setAttribute('max', String(STEPS.length))
  byId('do').addEventListener('click', doNext)
  byId('where').addEventListener('click', showNext)
  const open = () => byId('all-steps').toggleAttribute('open', wide.matches)
  wide.addEventListener('change', open)
  open()
}

/** What the step's button says. @param {Situation} situation */
function label({ connected }) {
  if (next === 'element:connect') return named(TOUR.connect, provider)
  if (next === 'element:refresh') return named(TOUR.refresh, provider)
  if (next === 'element:sign-in-again') return connected ? TOUR.signIn : named(TOUR.connect, provider)
  if (next === 'element:disconnect') return confirmation() ? TOUR.confirm : named(TOUR.disconnect, provider)
  return next ? (byId(next).firstChild?.textContent ?? '') : ''
}

/** What to do. @param {string} step @param {Situation} situation */
function task(step, situation) {
  if (step !== 'connected' && !situation.connected) return named(TOUR.reconnect, provider)
  if (step !== 'healed' && next === 'element:sign-in-again') return named(TOUR.signInAgain, provider)
  if (step !== 'survived' && next === 'down') return named(TOUR.bringBack, provider)
  return wordsOf(step).task
}

/**
 * Shows how far the tour is.
 * @param {string} picked
 * @param {ReadonlySet<string>} done
 * @param {Situation} situation
 */
export function showSteps(picked, done, situation) {
  provider = picked
  const current = STEPS.find((step) => !done.has(step))
  for (const step of STEPS) {
    const view = items.get(step)
    if (!view) continue
    const state = done.has(step) ? 'done' : step === current ? 'current' : 'ahead'
    view.item.dataset['state'] = state
    if (state === 'current') view.item.setAttribute('aria-current', 'step')
    else view.item.removeAttribute('aria-current')
    const { title, lesson } = wordsOf(step)
    setText(view.title, title)
    setText(view.tick, state === 'done' ? TOUR.tick : '')
    setText(view.lesson, state === 'done' ? lesson : '')
  }
  point(nextControl(current, situation))
  byId('todo').hidden = current === undefined
  if (current) {
    byId('step').dataset['step'] = current
    setText(byId('step-title'), wordsOf(current).title)
    setText(byId('step-task'), task(current, situation))
    setText(byId('do'), label(situation))
  }
  byId('finished').hidden = current !== undefined
  setText(byId('progress'), TOUR.progress(done.size, STEPS.length))
  byId('progress-bar').setAttribute('value', String(done.size))
  moved(done)
}

/** Says what was learned, when a step is done. @param {ReadonlySet<string>} done */
function moved(done) {
  const at = `${provider} ${[...done].join(' ')}`
  if (at === last) return
  const known = new Set(last.split(' '))
  const onward = last.startsWith(`${provider} `) && !(last === `${provider} ` && done.size > 1)
  last = at
  const newest = STEPS.findLast((step) => done.has(step) && (!onward || !known.has(step)))
  const { title, lesson } = wordsOf(newest ?? '')
  setText(byId('lesson'), newest ? TOUR.done(title, lesson) : '')
  setText(byId('story-said'), onward && newest ? TOUR.done(title, lesson) : '')
}

/** The state of the connection, next to the step. @param {{ status: string, good: boolean | null, facts: string, hook: string }} now */
export function showEffect({ status, good, facts, hook }) {
  setText(byId('effect-name'), nameOf(provider))
  setText(byId('effect-status'), status)
  setGood(byId('effect-status'), good)
  setText(byId('effect-facts'), facts)
  setText(byId('effect-hook'), hook)
}

/** Marks it. @param {string | null} to */
function point(to) {
  if (to === next) return
  next = to
  for (const element of document.querySelectorAll('[data-next]')) element.removeAttribute('data-next')
  if (to) byId(to.startsWith('element:') ? 'window' : to).setAttribute('data-next', '')
}
