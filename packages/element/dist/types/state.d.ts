/**
 * The state of a connection while nothing is done with it: what needs the user first comes first.
 * @param {Connection | null} connection
 * @param {Note | undefined} note
 * @param {number} now Milliseconds since 1970.
 * @returns {RowState}
 */
export function stateOf(connection: Connection | null, note: Note | undefined, now: number): RowState;
import type { Connection } from './types.js';
import type { Note } from './model.js';
import type { RowState } from './types.js';
