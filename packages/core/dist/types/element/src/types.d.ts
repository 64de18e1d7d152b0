export type ConnectionStatus = "ACTIVE" | "REFRESH_FAILING" | "REAUTHENTICATION_REQUIRED";
/**
 * On whose behalf something happened.
 */
export type Actor = "USER" | "SERVICE" | "WORKER" | "CLIENT";
/**
 * What became of the grant at the provider.
 */
export type Revocation = "REVOKED" | "PENDING" | "UNSUPPORTED";
/**
 * Why the last refresh failed. Times are milliseconds since 1970.
 */
export type ConnectionFailure = {
    code: string;
    at: number;
    retryAt: number | null;
};
/**
 * When the access token was last handed out, and to whom.
 */
export type LastUse = {
    at: number;
    actor: Actor;
};
/**
 * Something that happened to a connection.
 */
export type ConnectionEvent = {
    id: string;
    kind: string;
    actor: Actor;
    at: number;
    times: number;
};
/**
 * An app (an OAuth app, an MCP client) that may read the access token of a connection.
 */
export type AccessGrant = {
    clientId: string;
    provider: OAuthProvider;
    /**
     * Milliseconds since 1970; null: not yet.
     */
    lastUsedAt: number | null;
};
/**
 * The account at the provider.
 */
export type Account = {
    id: string;
    email: string | null;
    login: string | null;
    name: string | null;
    avatarUrl: string | null;
};
/**
 * A connection as it is shown: never with a token. Times are milliseconds since 1970.
 */
export type Connection = {
    id: string;
    provider: OAuthProvider;
    status: ConnectionStatus;
    expiresAt: number | null;
    refreshable: boolean;
    connectedAt: number | null;
    refreshedAt: number | null;
    lastFailure: ConnectionFailure | null;
    lastUse: LastUse | null;
    /**
     * Null: not known, or an older server.
     */
    account: Account | null;
    /**
     * What the tokens allow; none: not known, or an older server.
     */
    scopes: readonly string[];
    /**
     * Those that the app needs and the tokens lack: of the attributes `scopes-…`.
     */
    missingScopes: readonly string[];
    /**
     * When the user has to have signed in again at the latest; null: no end is known.
     */
    reconnectBy: number | null;
    /**
     * Newest first; null: not asked for, or not to be had.
     */
    events: ConnectionEvent[] | null;
};
/**
 * Answers the user's JWT, or null where nobody is signed in. `fresh`: a new one, since the last was
 * refused as expired or is about to expire.
 */
export type JwtFunction = (options: {
    fresh: boolean;
}) => string | null | Promise<string | null>;
export type JwtSource = string | null | JwtFunction;
export type RowState = "connected" | "needs-access" | "ends-soon" | "refreshing" | "failing" | "sign-in-again" | "not-connected" | "connecting" | "disconnecting";
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
     * Those that the app needs.
     */
    scopes: (provider: OAuthProvider) => readonly string[];
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
import type { OAuthProvider } from './providers.js';
import type { Failure } from './failure.js';
