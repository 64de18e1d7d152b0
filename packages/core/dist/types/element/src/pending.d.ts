/**
 * Remembers, for this tab, that a sign-in begins; the last one counts.
 * @param {OAuthProvider} provider
 * @param {string} page Where it begins.
 * @returns {Promise<Pending>}
 * @throws {Failure} `STORAGE_BLOCKED` where the browser keeps nothing: what comes back could not be told from a forgery.
 */
export function begin(provider: OAuthProvider, page: string): Promise<Pending>;
/** @param {Pending} pending */
export function keep(pending: Pending): void;
/**
 * The sign-in that this tab waits for.
 * @returns {Pending | null}
 */
export function pending(): Pending | null;
/**
 * The user is told that it seems to have ended: once. Anybody can make a link that says so, so that it still counts if it
 * comes back with its state.
 * @param {Pending} pending
 */
export function tell(pending: Pending): void;
/** It has come back, or will not: whatever comes with its state from now on is none of this tab's. */
export function forget(): void;
/**
 * What a `state` of ours says; null where it is the app's.
 * @param {string | null} state
 * @returns {{ provider: OAuthProvider, challenge: string } | null}
 */
export function readState(state: string | null): {
    provider: OAuthProvider;
    challenge: string;
} | null;
/**
 * Counts sign-ins of this tab in a row that came back well and left nothing to connect.
 * @param {OAuthProvider} provider
 * @param {boolean} connected
 * @returns {number}
 */
export function emptyHanded(provider: OAuthProvider, connected: boolean): number;
export function canHash(): boolean;
export function stateOf({ provider, challenge }: Pending): string;
/**
 * A sign-in that this tab has begun and that has not come back.
 */
export type Pending = {
    provider: OAuthProvider;
    /**
     * Random; it leaves the tab in a PKCE exchange alone.
     */
    verifier: string;
    /**
     * Its SHA-256 (RFC 7636), which travels in `state`; empty where that has come back.
     */
    challenge: string;
    /**
     * Where it began.
     */
    page: string;
    /**
     * When, in milliseconds since 1970.
     */
    at: number;
    /**
     * Whether the page was left for it.
     */
    left: boolean;
    /**
     * The code of the failure that it ended with, where another page heard of it.
     */
    failure: string | null;
    /**
     * Whether the user was told that it may have ended, without its state having come back.
     */
    told: boolean;
};
import type { OAuthProvider } from './providers.js';
