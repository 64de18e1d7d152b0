/**
 * What a row can ask for.
 * @typedef {object} RowActions
 * @property {(provider: OAuthProvider) => void} signIn
 * @property {(provider: OAuthProvider) => void} refresh
 * @property {(provider: OAuthProvider) => void} disconnect
 * @property {(provider: OAuthProvider, clientId: string) => void} revoke
 * @property {() => Promise<void>} look What is shown needs more than is known.
 */
/**
 * @typedef {object} RowLooks
 * @property {RowState} state
 * @property {Connection | null} connection
 * @property {readonly AccessGrant[]} grants What apps may read of it.
 * @property {(clientId: string) => boolean} revoking Whether that of an app is being revoked.
 * @property {Note | null} note
 * @property {boolean} avatars Whether accounts' pictures may be loaded.
 * @property {boolean} known Whether the server has answered.
 * @property {boolean} signedIn
 */
/** One provider. Made once, and only what changes is touched: focus and selection stay. */
export class Row {
    /**
     * @param {OAuthProvider} provider
     * @param {RowActions} actions
     * @param {boolean} marked Whether its mark is loaded.
     */
    constructor(provider: OAuthProvider, actions: RowActions, marked: boolean);
    element: HTMLLIElement;
    provider: "apple" | "azuread" | "bitbucket" | "discord" | "entraid" | "facebook" | "github" | "gitlab" | "google" | "linkedin" | "spotify" | "strava" | "twitch" | "twitter" | "windowslive" | "workos";
    /** Whether what happened lately is looked at. */
    get open(): boolean;
    /** Focuses the first thing that can be done. */
    focus(): void;
    /**
     * @param {RowLooks} looks
     * @param {Words} words
     */
    update(looks: RowLooks, words: Words): void;
    #private;
}
/**
 * What a row can ask for.
 */
export type RowActions = {
    signIn: (provider: OAuthProvider) => void;
    refresh: (provider: OAuthProvider) => void;
    disconnect: (provider: OAuthProvider) => void;
    revoke: (provider: OAuthProvider, clientId: string) => void;
    /**
     * What is shown needs more than is known.
     */
    look: () => Promise<void>;
};
export type RowLooks = {
    state: RowState;
    connection: Connection | null;
    /**
     * What apps may read of it.
     */
    grants: readonly AccessGrant[];
    /**
     * Whether that of an app is being revoked.
     */
    revoking: (clientId: string) => boolean;
    note: Note | null;
    /**
     * Whether accounts' pictures may be loaded.
     */
    avatars: boolean;
    /**
     * Whether the server has answered.
     */
    known: boolean;
    signedIn: boolean;
};
import type { Words } from '../words.js';
import type { OAuthProvider } from '../providers.js';
import type { RowState } from '../types.js';
import type { Connection } from '../types.js';
import type { AccessGrant } from '../types.js';
import type { Note } from '../model.js';
