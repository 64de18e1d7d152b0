import { demoRun } from './simulator.js'

// Which steps a user has done with a provider, by their ids, for as long as the tab lives: a
// connection that was removed takes its events along, and the tour goes on.

const KEPT = 'tour'

/** @returns {Record<string, string[]>} */
function stored() {
  try {
    const { of, done } = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}')
    return of === demoRun && typeof done === 'object' ? done : {}
  } catch {
    return {}
  }
}

/**
 * Adds what is done now to what was done before.
 * @param {string} user
 * @param {string} provider
 * @param {ReadonlySet<string>} now
 * @returns {Set<string>} All of it.
 */
export function remember(user, provider, now) {
  const all = stored()
  const key = `${user} ${provider}`
  const done = new Set([...(all[key] ?? []), ...now])
  if (done.size > (all[key] ?? []).length) sessionStorage.setItem(KEPT, JSON.stringify({ of: demoRun, done: { ...all, [key]: [...done] } }))
  return done
}
