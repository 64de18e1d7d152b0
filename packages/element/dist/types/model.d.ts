/** @typedef {'refreshing' | 'connecting' | 'disconnecting'} Busy */
/** @typedef {{ key: StringKey } | { failure: Failure }} Note What came of the last thing that was done with a provider. */
/** @typedef {'loading' | 'ready' | 'signed-out' | 'session-ended'} Phase */
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
    /** What is to be said aloud once, and calmly. @type {{ provider: OAuthProvider | null, note: Note }[]} */
    news: {
        provider: OAuthProvider | null;
        note: Note;
    }[];
    /** Whose connections they are: the `sub` of the JWT that they were asked for with. @type {string | null} */
    user: string | null;
    session: Session;
    host: Host;
    /** Looks again now; after the look that is under way, if there is one. */
    look(): Promise<void>;
    /** Forgets everything: another server is asked, or another user asks. */
    reset(): void;
    /** The JWT comes from elsewhere now: what is under way was asked for by another, and is not waited for. */
    sessionChanged(): void;
    /**
     * Makes a call as the user. Where that is another one than the one whose connections are shown, these are forgotten before
     * anything is sent: the call may take long, or fail.
     * @template T
     * @param {(jwt: string, other: boolean) => Promise<T>} call Gets the JWT, and whether it is another user's.
     * @returns {Promise<T>}
     */
    as<T>(call: (jwt: string, other: boolean) => Promise<T>): Promise<T>;
    /**
     * Whether the connections that are shown are still this user's: what came of a click concerns nobody else.
     * @param {string | null} user As `user` was before; null: it was not known yet whose they are.
     * @param {string | null} now
     */
    isStill(user: string | null, now?: string | null): boolean;
    /** @param {OAuthProvider} provider */
    connection(provider: OAuthProvider): Connection | null;
    /**
     * @param {OAuthProvider} provider
     * @returns {RowState}
     */
    state(provider: OAuthProvider): RowState;
    /**
     * What came of the last thing that was done with a provider; null where there is nothing, or where it is said of everything.
     * @param {OAuthProvider} provider
     */
    note(provider: OAuthProvider): Note | null;
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
import type { Connection } from './types.js';
import type { AccessGrant } from './types.js';
import { Access } from './access.js';
import { Failure } from './failure.js';
import type { OAuthProvider } from './providers.js';
import type { Session } from './session.js';
import type { Host } from './types.js';
import type { RowState } from './types.js';
import type { StringKey } from './strings/index.js';
