import { byId, el } from './dom.js'
import { NO_ANSWER, callOf, nameOf, timeOfDay } from './words.js'

/** @typedef {import('./simulator.js').Call} Call */

/** More are not read by anybody. */
const SHOWN = 40

/** What is shown, as text, to leave it alone while it is the same. */
let shown = ''
/** How many there were. */
let known = 0

/** @param {Call} call @param {boolean} fresh */
function row({ at, endpoint, provider, status }, fresh) {
  const { by, words } = callOf(endpoint)
  const ok = status !== null && status < 400
  return el(
    'li',
    { 'data-by': by, 'data-endpoint': endpoint, 'data-new': fresh ? '' : null },
    el('time', { datetime: at }, timeOfDay(at, true)),
    el('span', { class: 'by' }, by),
    el('span', {}, words + (provider ? ` · ${nameOf(provider)}` : '')),
    el('span', { class: 'status', 'data-ok': String(ok) }, status === null ? NO_ANSWER : String(status)),
  )
}

/** Newest first. @param {Call[]} calls Oldest first. */
export function showCalls(calls) {
  const text = JSON.stringify(calls)
  if (text === shown) return
  shown = text
  const rows = calls.map((call, index) => row(call, known > 0 && index >= known)).slice(-SHOWN)
  known = calls.length
  byId('calls').replaceChildren(...rows.reverse())
  byId('no-calls').hidden = calls.length > 0
}
