import type { OAuthProvider } from '../../element/src/providers.js';
import type { JwtFunction, JwtSource } from '../../element/src/types.js';
export type { JwtFunction, JwtSource, OAuthProvider };
export type ConnectionStatus = 'ACTIVE' | 'REFRESH_FAILING' | 'REAUTHENTICATION_REQUIRED';
/** An account at a provider. Personal data: don't keep it. */
export interface Account {
    id: string;
    email: string | null;
    login: string | null;
    name: string | null;
    avatarUrl: string | null;
    profileUrl: string | null;
}
/** A connection as `schema.graphql` has it, without tokens. Times are RFC 3339. */
export interface Connection {
    id: string;
    userId: string;
    provider: OAuthProvider;
    status: ConnectionStatus;
    /** When the access token expires; null: no known expiry. */
    expiresAt: string | null;
    /** Whether there can be another access token without the user. */
    refreshable: boolean;
    connectedAt: string;
    refreshedAt: string | null;
    /** Why the last refresh failed; null: it did not. */
    lastFailure: {
        code: string;
        message: string;
        at: string;
        retryAt: string | null;
    } | null;
    /** Which account at the provider it is; null: not known, or the server is of an earlier release. */
    account: Account | null;
    /** When the user has to have signed in again at the latest, as far as the provider documents it; null: no end is known. */
    reconnectBy: string | null;
    /** What the access token allows; null: the provider doesn't say, or the server is of an earlier release. */
    scopes: readonly string[] | null;
    /** Those that are not granted of the ones that the app needs (`scopes` of the client); null: as for `scopes`. */
    missingScopes: readonly string[] | null;
    /** Where the user signs in again. */
    reauthenticationUrl: string;
}
/** What an app needs of each provider: `{ google: ['https://www.googleapis.com/auth/calendar'] }`. */
export type NeededScopes = Partial<Record<OAuthProvider, readonly string[]>>;
/** What became of the grant at the provider when a connection was removed. */
export type Revocation = 'REVOKED' | 'PENDING' | 'UNSUPPORTED';
/** Where the user's session is. `nhostSession` makes one of an nhost-js client. */
export interface SessionSource {
    /** The user's JWT, or a function that answers it; null: nobody is signed in. */
    jwt: JwtSource;
    /** The id of the user who is signed in; null: nobody. Without it, another user is noticed with the next answer. */
    user?: () => string | null;
    /** Calls the listener when a user signs in or out, or the JWT is another. Answers how to end that. */
    onChange?: (listener: () => void) => () => void;
}
/** Something that can be listened to: React's external store, and what the other adapters need. */
export interface Store<State> {
    subscribe(listener: () => void): () => void;
    snapshot(): State;
    /** What a server renders, and a browser first: the same on both, so that hydration finds no difference. */
    serverSnapshot(): State;
    /** Resolves once there is something to show, or a failure. For Suspense. */
    loaded(): Promise<void>;
}
