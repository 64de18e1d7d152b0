/** @import { Connection } from './types.js' */

const DAY = 86_400_000

/** How long before a connection is expected to end it says so at most, in milliseconds: a week has a day that suits the user. */
const SOON = 7 * DAY

/** One that lives shorter, in milliseconds, never says so: its user would see nothing else. As the server's event `EXPIRES_SOON` has it. */
const SHORTEST_LIFE = DAY

/**
 * Whether it is expected to end within a week, and three quarters of its life are over: one that has just been connected
 * doesn't end soon. The life counts from the last sign-in, as the server doesn't say whether a refresh has moved the end since.
 * @param {Pick<Connection, 'connectedAt' | 'reconnectBy'>} connection
 * @param {number} now Milliseconds since 1970.
 */
export function endsSoon({ connectedAt, reconnectBy }, now) {
  if (connectedAt === null || reconnectBy === null) return false
  const life = reconnectBy - connectedAt
  return life >= SHORTEST_LIFE && reconnectBy - now <= Math.min(SOON, life / 4)
}

/**
 * Whether the access has ended, and only the user can renew it.
 * @param {Connection} connection
 * @param {number} now Milliseconds since 1970.
 */
export const ended = ({ refreshable, expiresAt }, now) => !refreshable && expiresAt !== null && expiresAt <= now
