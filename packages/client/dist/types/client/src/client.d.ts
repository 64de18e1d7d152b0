import { type Credentials } from './caller.js';
import type { ProviderConnectionsError } from './errors.js';
import * as operations from './generated.js';
import type { OAuthProvider, TypedDocumentString } from './generated.js';
export type ClientOptions = Credentials & {
    /** The server's GraphQL address, or Hasura's where it is a remote schema of it. */
    endpoint: string;
    /** Sent with every call: `x-hasura-role`, say. */
    headers?: Record<string, string>;
    /** The time in milliseconds since 1970, for tests. */
    now?: () => number;
};
/** Whose connection; the caller's own where it is left out. Another user's is for a service alone. */
interface Whose {
    userId?: string | null | undefined;
}
export interface AccessTokenOptions extends Whose {
    /** How long it has to live yet, in seconds, 0 to 3600; 60 where it is left out. */
    minValidFor?: number;
    /** The one that the provider's API has just answered 401 to. */
    refused?: string | undefined;
}
/** What could be answered, and an error for each field that could not. */
export interface PartialAnswer<Data> {
    data: Data;
    errors: readonly ProviderConnectionsError[];
}
/** Calls a provider-connections server. One for an app, or for a request on a server; see `createClient`. */
export declare class ProviderConnectionsClient {
    #private;
    constructor(options: ClientOptions);
    /**
     * An access token for the provider's API: from memory while it lives for `minValidFor` seconds yet, else from the server,
     * which refreshes it first if need be. Calls side by side ask once. When another user signs in, the former one's are forgotten.
     * @throws {ProviderConnectionsError} `SignInAgainError`, `RetryLaterError` …
     */
    getAccessToken(provider: OAuthProvider, { userId, minValidFor, refused }?: AccessTokenOptions): Promise<string>;
    /**
     * `fetch` with the user's access token, and once more with another one after a 401. `url` is the provider's API, and never
     * an address that came from somewhere else: it is sent the token.
     */
    fetch(provider: OAuthProvider, url: string, init?: RequestInit, options?: Whose): Promise<Response>;
    /** Forgets the access tokens that are held: when the user signs out, say. */
    forget(): void;
    /** The connections, ordered by provider. `scopes`: what the app needs, for `missingScopes` of each. */
    providerConnections(variables?: operations.ProviderConnectionsQueryVariables): Promise<readonly {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: operations.ProviderAccountUnavailable | null;
        readonly status: operations.ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: operations.ProviderScopesSource | null;
        readonly missingScopes: ReadonlyArray<string> | null;
        readonly reauthenticationUrl: string;
        readonly account: {
            readonly id: string;
            readonly email: string | null;
            readonly login: string | null;
            readonly name: string | null;
            readonly avatarUrl: string | null;
            readonly profileUrl: string | null;
        } | null;
        readonly lastFailure: {
            readonly code: string;
            readonly message: string;
            readonly at: string;
            readonly retryAt: string | null;
        } | null;
    }[]>;
    /** null: not connected. */
    providerConnection(provider: OAuthProvider, variables?: Without<operations.ProviderConnectionQueryVariables>): Promise<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: operations.ProviderAccountUnavailable | null;
        readonly status: operations.ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: operations.ProviderScopesSource | null;
        readonly missingScopes: ReadonlyArray<string> | null;
        readonly reauthenticationUrl: string;
        readonly account: {
            readonly id: string;
            readonly email: string | null;
            readonly login: string | null;
            readonly name: string | null;
            readonly avatarUrl: string | null;
            readonly profileUrl: string | null;
        } | null;
        readonly lastFailure: {
            readonly code: string;
            readonly message: string;
            readonly at: string;
            readonly retryAt: string | null;
        } | null;
    } | null>;
    /** What happened to a connection, newest first; null: not connected. */
    providerConnectionEvents(provider: OAuthProvider, variables?: Without<operations.ProviderConnectionEventsQueryVariables>): Promise<readonly {
        readonly id: string;
        readonly kind: operations.ProviderConnectionEventKind;
        readonly actor: operations.ProviderConnectionEventActor;
        readonly clientId: string | null;
        readonly at: string;
        readonly times: number;
        readonly code: string | null;
        readonly evidence: string | null;
    }[] | null>;
    /** Where the browser goes to sign in with the provider; with `scopes`, to be asked for these. Needs nobody signed in. */
    providerSignInUrl(provider: OAuthProvider, variables?: Without<operations.ProviderSignInUrlQueryVariables>): Promise<string>;
    /** Where the browser goes to sign in with the provider again; null: not connected. */
    reauthenticationUrl(provider: OAuthProvider, variables?: Without<operations.ProviderReauthenticationUrlQueryVariables>): Promise<string | null>;
    /** Takes what a sign-in with the provider has left at Nhost Auth: right after the browser is back. */
    connectProvider(provider: OAuthProvider, variables?: Without<operations.ConnectProviderMutationVariables>): Promise<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: operations.ProviderAccountUnavailable | null;
        readonly status: operations.ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: operations.ProviderScopesSource | null;
        readonly missingScopes: ReadonlyArray<string> | null;
        readonly reauthenticationUrl: string;
        readonly account: {
            readonly id: string;
            readonly email: string | null;
            readonly login: string | null;
            readonly name: string | null;
            readonly avatarUrl: string | null;
            readonly profileUrl: string | null;
        } | null;
        readonly lastFailure: {
            readonly code: string;
            readonly message: string;
            readonly at: string;
            readonly retryAt: string | null;
        } | null;
    }>;
    /** Renews the access token now; with `minValidFor` only if it would expire sooner. */
    refreshProviderToken(provider: OAuthProvider, variables?: Without<operations.RefreshProviderTokenMutationVariables>): Promise<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: operations.ProviderAccountUnavailable | null;
        readonly status: operations.ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: operations.ProviderScopesSource | null;
        readonly missingScopes: ReadonlyArray<string> | null;
        readonly reauthenticationUrl: string;
        readonly account: {
            readonly id: string;
            readonly email: string | null;
            readonly login: string | null;
            readonly name: string | null;
            readonly avatarUrl: string | null;
            readonly profileUrl: string | null;
        } | null;
        readonly lastFailure: {
            readonly code: string;
            readonly message: string;
            readonly at: string;
            readonly retryAt: string | null;
        } | null;
    }>;
    /** Removes the connection and its tokens. */
    disconnectProvider(provider: OAuthProvider, variables?: Without<operations.DisconnectProviderMutationVariables>): Promise<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly revocation: operations.ProviderRevocation;
        readonly disconnectedAt: string;
    }>;
    /** Makes a refresh token of another system a connection: for a service alone. */
    importProviderConnection(variables: operations.ImportProviderConnectionMutationVariables): Promise<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: operations.ProviderAccountUnavailable | null;
        readonly status: operations.ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: operations.ProviderScopesSource | null;
        readonly missingScopes: ReadonlyArray<string> | null;
        readonly reauthenticationUrl: string;
        readonly account: {
            readonly id: string;
            readonly email: string | null;
            readonly login: string | null;
            readonly name: string | null;
            readonly avatarUrl: string | null;
            readonly profileUrl: string | null;
        } | null;
        readonly lastFailure: {
            readonly code: string;
            readonly message: string;
            readonly at: string;
            readonly retryAt: string | null;
        } | null;
    }>;
    /** Which apps may read access tokens of the user. */
    providerAccessGrants(variables?: operations.ProviderAccessGrantsQueryVariables): Promise<readonly {
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    }[]>;
    /** Lets an app that acts for the user read access tokens of this connection. */
    grantProviderAccess(variables: operations.GrantProviderAccessMutationVariables): Promise<{
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    }>;
    /** Takes that back, for one provider or for all. */
    revokeProviderAccess(variables: operations.RevokeProviderAccessMutationVariables): Promise<readonly {
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    }[]>;
    /**
     * An operation of yours, generated by GraphQL Code Generator with `documentMode: 'string'`.
     * @throws {ProviderConnectionsError} The first error, though other fields were answered: see `requestPartially`.
     */
    request<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data>;
    /**
     * As `request`, where a field that fails leaves the others: each has an error with its `path`.
     * @throws {ProviderConnectionsError} Where nothing was answered.
     */
    requestPartially<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<PartialAnswer<Data>>;
}
type Without<Variables> = Omit<Variables, 'provider'>;
/** A client for one app, or for one request on a server: see `ProviderConnectionsClient`. */
export declare function createClient(options: ClientOptions): ProviderConnectionsClient;
export {};
