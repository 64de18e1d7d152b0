import { byId, el, setText } from './dom.js'
import { STEPS, nextControl, progress } from './story.js'
import { nameOf } from './words.js'

/** @typedef {import('./story.js').Step} Step */

/** @type {Map<string, { item: HTMLLIElement, title: HTMLElement, tick: HTMLElement, text: HTMLElement, show: HTMLButtonElement }>} */
const items = new Map()
let provider = ''
/** What the story stands at, to tell when it moves on. */
let last = ''

/** @param {string} text */
const named = (text) => text.replaceAll('{}', nameOf(provider))

/** Where to click next. @type {string | null} */
let next = null

function showNext() {
  const control = next === 'element' ? buttonInElement() : next && byId(next)
  const shown = control instanceof HTMLElement ? control : byId('connections')
  shown.scrollIntoView({ block: 'center' })
  shown.focus()
}

/** The button for the provider in the list, which has a tree of its own. */
function buttonInElement() {
  const row = byId('connections').shadowRoot?.querySelector(`[data-provider="${provider}"]`)
  return row?.querySelector('button:not([hidden])') ?? null
}

/** @param {Step} step */
function item(step) {
  const title = el('strong')
  const tick = el('span', { class: 'only-said' })
  const text = el('p')
  const show = el('button', { type: 'button', class: 'quiet' }, 'Show me where')
  show.addEventListener('click', showNext)
  const made = { item: el('li', { 'data-step': step.id }, title, tick, text, show), title, tick, text, show }
  items.set(step.id, made)
  return made.item
}

export function startSteps() {
  byId('steps').append(...STEPS.map(item))
}

/**
 * Ticks off what is done.
 * @param {string} picked
 * @param {readonly import('./story.js').Event[] | null} events
 * @param {boolean} used
 * @param {Omit<import('./story.js').Situation, 'failing'>} world
 */
export function showSteps(picked, events, used, world) {
  provider = picked
  const { done, failing } = progress(events, used)
  const current = STEPS.find((step) => !done.has(step.id))
  for (const step of STEPS) {
    const view = items.get(step.id)
    if (!view) continue
    const state = done.has(step.id) ? 'done' : step === current ? 'current' : 'ahead'
    view.item.dataset['state'] = state
    if (state === 'current') view.item.setAttribute('aria-current', 'step')
    else view.item.removeAttribute('aria-current')
    setText(view.title, named(step.title))
    setText(view.tick, state === 'done' ? 'Done.' : '')
    setText(view.text, named(state === 'done' ? step.lesson : step.task))
    view.text.hidden = state === 'ahead'
    view.show.hidden = state !== 'current'
  }
  point(nextControl(current?.id, { ...world, failing }))
  const at = `${provider} ${[...done].join(' ')}`
  if (at === last) return
  const moved = last.startsWith(`${provider} `) || last === `${provider} `
  last = at
  setText(byId('progress'), `${done.size} of ${STEPS.length}`)
  byId('progress-bar').setAttribute('value', String(done.size))
  const newest = STEPS.findLast((step) => done.has(step.id))
  if (moved && newest) setText(byId('story-said'), `Done: ${named(newest.title)}. ${named(newest.lesson)}`)
  byId('finished').hidden = done.size < STEPS.length
}

/** Marks it. @param {string | null} to */
function point(to) {
  if (to === next) return
  next = to
  for (const element of document.querySelectorAll('[data-next]')) element.removeAttribute('data-next')
  if (to) byId(to === 'element' ? 'window' : to).setAttribute('data-next', '')
}
