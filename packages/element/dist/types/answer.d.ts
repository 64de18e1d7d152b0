/**
 * A connection of an answer; null where it is none that can be shown.
 * @param {unknown} value
 * @param {(provider: OAuthProvider) => readonly string[]} [needed] The scopes that the app needs: the answer has those of all providers.
 * @returns {Connection | null}
 */
export function connection(value: unknown, needed?: (provider: OAuthProvider) => readonly string[]): Connection | null;
export function connections(value: unknown, needed?: (provider: OAuthProvider) => readonly string[]): Connection[];
export function revocation(value: unknown): Revocation;
export function version(connection: Connection | null): string;
import type { OAuthProvider } from './providers.js';
import type { Connection } from './types.js';
import type { Revocation } from './types.js';
