/** @import { Connection } from './types.js' */

/** How long before a connection is expected to end it says so, in milliseconds: a week has a day that suits the user. */
const SOON = 7 * 86_400_000

/**
 * @param {Connection} connection
 * @param {number} now Milliseconds since 1970.
 */
export const endsSoon = ({ reconnectBy }, now) => reconnectBy !== null && reconnectBy - now < SOON

/**
 * Whether the access has ended, and only the user can renew it.
 * @param {Connection} connection
 * @param {number} now Milliseconds since 1970.
 */
export const ended = ({ refreshable, expiresAt }, now) => !refreshable && expiresAt !== null && expiresAt <= now
