/**
 * A connection of an answer; null where it is none that can be shown.
 * @param {unknown} value
 * @returns {Connection | null}
 */
export function connection(value: unknown): Connection | null;
export function connections(value: unknown): Connection[];
export function revocation(value: unknown): Revocation;
export function version(connection: Connection | null): string;
import type { Connection } from './types.js';
import type { Revocation } from './types.js';
