import type { Session } from '../../element/src/session.js';
import type { Asker } from './asker.js';
import { type Failure } from './failures.js';
import type { Connection, NeededScopes, OAuthProvider, Store } from './types.js';
export interface ConnectionsState {
    /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
    connections: readonly Connection[];
    /** Nothing has been read yet. */
    loading: boolean;
    /** Why the last read failed. */
    error: Failure | null;
    /** Whether changes are heard at once, rather than asked for every ten seconds. */
    live: boolean;
}
interface Options {
    asker: Asker;
    session: Session;
    endpoint: string;
    live: boolean;
    needed: NeededScopes;
    /** What is shown until the first answer is there: of a server that has rendered the page. */
    initial: readonly Connection[] | undefined;
    /** The connection was made, healed or ended: what is held of it may be wrong. */
    changed: (provider: OAuthProvider) => void;
    /** Follows the app's session, until what this answers is called. */
    follow: () => () => void;
}
/** One user's connections: read at once, and again as soon as the server says that something has changed, or every ten seconds. */
export declare class ConnectionList implements Store<ConnectionsState> {
    #private;
    constructor({ asker, session, endpoint, live, needed, initial, changed, follow }: Options);
    readonly snapshot: () => ConnectionsState;
    readonly serverSnapshot: () => ConnectionsState;
    readonly subscribe: (listener: () => void) => (() => void);
    /** Keeps it up to date until what this answers is called. */
    readonly retain: () => (() => void);
    readonly loaded: () => Promise<void>;
    /** Reads it now; after the read that is under way, if there is one. What goes wrong is in the state. */
    readonly refetch: () => Promise<void>;
    /** Forgets one user's, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
    forget(): void;
    /** Reads the next user's where anybody listens. */
    restart(): void;
}
export {};
