/** @import { RowState } from '../types.js' */
/** @import { StringKey } from '../strings/index.js' */

const WORKING = 'M8 2.5A5.5 5.5 0 1 1 2.5 8'
const ALERT = 'M8 14A6 6 0 1 1 8 2 6 6 0 0 1 8 14ZM8 5V8.5M8 10.8V11'

/** How each state is called and drawn; `tone` colours it, never alone. */
/** @type {Record<RowState, { key: StringKey, tone: 'good' | 'warn' | 'bad' | 'busy' | 'none', path: string }>} */
export const STATES = {
  connected: { key: 'connected', tone: 'good', path: 'M3.5 8.5 6.5 11.5 12.5 4.5' },
  'needs-access': { key: 'needsAccess', tone: 'warn', path: ALERT },
  'ends-soon': { key: 'endsSoon', tone: 'warn', path: 'M8 14A6 6 0 1 1 8 2 6 6 0 0 1 8 14ZM8 4.8V8L10.2 9.6' },
  refreshing: { key: 'refreshing', tone: 'busy', path: WORKING },
  failing: { key: 'failing', tone: 'warn', path: 'M8 2.5 14 13H2ZM8 6.5V9.5M8 11.2V11.4' },
  'sign-in-again': { key: 'needsSignIn', tone: 'bad', path: ALERT },
  'not-connected': { key: 'notConnected', tone: 'none', path: 'M4 8H12' },
  connecting: { key: 'connecting', tone: 'busy', path: WORKING },
  disconnecting: { key: 'disconnecting', tone: 'busy', path: WORKING },
}
