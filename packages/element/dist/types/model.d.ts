/** @typedef {'refreshing' | 'connecting' | 'disconnecting'} Busy */
/** @typedef {{ key: StringKey } | { failure: Failure }} Note What came of the last thing that was done with a provider. */
/** @typedef {'loading' | 'ready' | 'signed-out' | 'session-ended'} Phase */
/**
 * What the model is embedded in.
 * @typedef {object} Host
 * @property {() => URL} endpoint
 * @property {() => boolean} recent Whether what happened lately is looked at.
 * @property {() => void} changed Something is to be shown anew.
 * @property {(type: string, detail: object) => boolean} dispatch False: the app does it itself.
 * @property {(failure: Failure, provider: OAuthProvider | null) => string} describe
 */
/** What is known of the user's connections, and what can be done with them. */
export class Model {
    /**
     * @param {Session} session
     * @param {Host} host
     */
    constructor(session: Session, host: Host);
    /** @type {readonly Connection[]} */
    connections: readonly Connection[];
    /** What apps may read. @type {readonly AccessGrant[]} */
    grants: readonly AccessGrant[];
    access: Access;
    /** @type {Phase} */
    phase: Phase;
    /** Why the last look failed. @type {Failure | null} */
    trouble: Failure | null;
    /** When the last look went well, in milliseconds since 1970. @type {number | null} */
    seenAt: number | null;
    /** @type {Map<OAuthProvider, Busy>} */
    busy: Map<OAuthProvider, Busy>;
    /** @type {Map<OAuthProvider, Note>} */
    notes: Map<OAuthProvider, Note>;
    /** Providers that this user has linked, as far as this page has seen. @type {Set<OAuthProvider>} */
    linked: Set<OAuthProvider>;
    /** What is to be said aloud once. @type {{ key: StringKey, provider: OAuthProvider | null }[]} */
    news: {
        key: StringKey;
        provider: OAuthProvider | null;
    }[];
    /** Whose connections they are: the `sub` of the JWT that they were asked for with. @type {string | null} */
    user: string | null;
    session: Session;
    host: Host;
    /**
     * Looks again now. A look that is under way may have been answered before the change that is looked
     * for, so another one follows it; one for all who ask meanwhile.
     * @returns {Promise<void>}
     */
    look(): Promise<void>;
    /** Forgets everything: another server is asked, or another user asks. */
    reset(): void;
    /** The JWT comes from elsewhere now: what is under way was asked for by another. */
    sessionChanged(): void;
    /** @param {OAuthProvider} provider */
    connection(provider: OAuthProvider): Connection | null;
    /**
     * @param {OAuthProvider} provider
     * @returns {RowState}
     */
    state(provider: OAuthProvider): RowState;
    /** @param {Connection} connection */
    ended(connection: Connection): boolean;
    /** @param {OAuthProvider} provider */
    refresh(provider: OAuthProvider): Promise<void>;
    /** @param {OAuthProvider} provider */
    disconnect(provider: OAuthProvider): Promise<void>;
    /**
     * Does one thing with a provider; nothing while another is under way.
     * @param {OAuthProvider} provider
     * @param {Busy} busy
     * @param {() => Promise<void>} work
     */
    act(provider: OAuthProvider, busy: Busy, work: () => Promise<void>): Promise<void>;
    /**
     * @param {OAuthProvider} provider
     * @param {Failure} failure
     */
    fail(provider: OAuthProvider, failure: Failure): void;
    #private;
}
export type Busy = "refreshing" | "connecting" | "disconnecting";
/**
 * What came of the last thing that was done with a provider.
 */
export type Note = {
    key: StringKey;
} | {
    failure: Failure;
};
export type Phase = "loading" | "ready" | "signed-out" | "session-ended";
/**
 * What the model is embedded in.
 */
export type Host = {
    endpoint: () => URL;
    /**
     * Whether what happened lately is looked at.
     */
    recent: () => boolean;
    /**
     * Something is to be shown anew.
     */
    changed: () => void;
    /**
     * False: the app does it itself.
     */
    dispatch: (type: string, detail: object) => boolean;
    describe: (failure: Failure, provider: OAuthProvider | null) => string;
};
import type { Connection } from './types.js';
import type { AccessGrant } from './types.js';
import { Access } from './access.js';
import { Failure } from './failure.js';
import type { OAuthProvider } from './providers.js';
import type { StringKey } from './strings/index.js';
import type { Session } from './session.js';
import type { RowState } from './types.js';
