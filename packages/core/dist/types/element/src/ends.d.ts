/**
 * Whether it is expected to end within a week, and three quarters of its life are over: one that has just been connected
 * doesn't end soon. The life counts from the last sign-in, as the server doesn't say whether a refresh has moved the end since.
 * @param {Pick<Connection, 'connectedAt' | 'reconnectBy'>} connection
 * @param {number} now Milliseconds since 1970.
 */
export function endsSoon({ connectedAt, reconnectBy }: Pick<Connection, "connectedAt" | "reconnectBy">, now: number): boolean;
export function ended({ refreshable, expiresAt }: Connection, now: number): boolean;
import type { Connection } from './types.js';
