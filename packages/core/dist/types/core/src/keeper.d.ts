import { Failure } from './failures.js';
import type { Store } from './types.js';
export interface ProviderToken {
    accessToken: string;
    /** In milliseconds since 1970; null: no known expiry. */
    expiresAt: number | null;
    /** Whether there can be another one without the user. */
    refreshable: boolean;
}
export interface TokenState {
    /** Never one that has expired; null: none is there, or not yet. */
    accessToken: string | null;
    /** In milliseconds since 1970; null: no known expiry, or no token. */
    expiresAt: number | null;
    loading: boolean;
    /** Why the last read failed. There may be a token yet. */
    error: Failure | null;
}
export interface Source {
    /** A token that lives for a while yet, refreshed by the server where that is needed. */
    read(): Promise<ProviderToken>;
    /** Another token, whatever the last one's expiry says. */
    renew(): Promise<ProviderToken>;
    /** Forgets what is another user's, where the app says that one is signed in. */
    follow(): void;
    /** Somebody listens, until what this answers is called. */
    retain(): () => void;
}
/**
 * Keeps one access token fresh for as long as somebody listens: it is read again before it ends, by the clock and not by
 * how long a timer has slept, and forgotten when nobody listens any more. It is in memory and nowhere else.
 */
export declare class TokenKeeper implements Store<TokenState> {
    #private;
    constructor(source: Source);
    readonly subscribe: (listener: () => void) => (() => void);
    /** What there is now. A timer may be late, after the machine has slept, say; the clock is not. */
    readonly snapshot: () => TokenState;
    readonly serverSnapshot: () => TokenState;
    /** Resolves once there is a token or a failure, which is then held for as long as a component takes to mount. */
    readonly loaded: () => Promise<void>;
    /** A token for a call that is made now; `refused`: the one that the provider's API has just answered 401 to. */
    readonly getToken: ({ refused }?: {
        refused?: string | undefined;
    }) => Promise<string>;
    /**
     * Reads it again, for what is known to have changed. A read that is under way may have been answered before the change, so
     * another one follows it. What goes wrong is in the state.
     */
    readonly refetch: () => void;
    /** As `refetch`, where anybody listens or waits. */
    changed(): void;
    /** Forgets the token of one user, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
    forget(): void;
    /** Reads the next user's where anybody listens. */
    restart(): void;
}
