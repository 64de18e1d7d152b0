/** @import { Note } from './model.js' */
/** @import { Connection, RowState } from './types.js' */
import { ended, endsSoon } from './ends.js'
import { failedWith } from './failure.js'

/**
 * The state of a connection while nothing is done with it: what needs the user first comes first.
 * @param {Connection | null} connection
 * @param {Note | undefined} note
 * @param {number} now Milliseconds since 1970.
 * @returns {RowState}
 */
export function stateOf(connection, note, now) {
  if (connection === null) return 'not-connected'
  // A token that the server can't open gets the user nowhere but to a new sign-in, and the status does not say so.
  if (connection.status === 'REAUTHENTICATION_REQUIRED' || ended(connection, now) || failedWith(note, 'TOKEN_UNREADABLE')) return 'sign-in-again'
  if (connection.status !== 'ACTIVE') return 'failing'
  if (connection.missingScopes.length > 0) return 'needs-access'
  return endsSoon(connection, now) ? 'ends-soon' : 'connected'
}
