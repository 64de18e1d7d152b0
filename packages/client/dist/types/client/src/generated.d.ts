/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends {
    [key: string]: unknown;
}> = {
    [K in keyof T]: T[K];
};
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | {
    [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never;
};
import type { DocumentTypeDecoration } from './decoration.js';
/** An OAuth provider. Each value is Nhost's id of the provider, as in nhost-js. */
export type OAuthProvider = 
/** Sign in with Apple. */
'apple'
/** Azure Active Directory (version 1 endpoints). */
 | 'azuread'
/** Bitbucket. */
 | 'bitbucket'
/** Discord. */
 | 'discord'
/** Microsoft Entra ID. */
 | 'entraid'
/** Facebook. */
 | 'facebook'
/** GitHub. */
 | 'github'
/** GitLab. */
 | 'gitlab'
/** Google. */
 | 'google'
/** LinkedIn. */
 | 'linkedin'
/** Spotify. */
 | 'spotify'
/** Strava. */
 | 'strava'
/** Twitch. */
 | 'twitch'
/** Twitter (OAuth 1). Its tokens don't expire and can't be refreshed. */
 | 'twitter'
/** Microsoft accounts (Windows Live). */
 | 'windowslive'
/** WorkOS. */
 | 'workos';
/** The reason that a connection has no `account`. */
export type ProviderAccountUnavailable = 
/**
 * The provider has not answered yet. It is asked about a second after a sign-in, and again
 * later if it can't be reached. Connections made before this server had the field are looked
 * up after the next sign-in.
 */
'NOT_ASKED_YET'
/** The provider has no API that returns the account of an access token. */
 | 'PROVIDER_HAS_NONE'
/**
 * The sign-in did not request the scope that the provider requires for this
 * (docs/providers.md).
 */
 | 'SCOPE_MISSING'
/**
 * The provider refused, could not be reached for hours, or returned no account. It is asked
 * again after the next sign-in.
 */
 | 'NOT_ANSWERED'
/** The operator has set `ACCOUNT_LOOKUP=off`. */
 | 'SWITCHED_OFF'
/**
 * The stored account can't be decrypted. The operator must restore the encryption key, or the
 * user must sign in again.
 */
 | 'UNREADABLE';
/** Who caused an event. */
export type ProviderConnectionEventActor = 
/** The user. */
'USER'
/** Hasura, a serverless function or another service on the user's behalf. */
 | 'SERVICE'
/** A background job of this server. */
 | 'WORKER'
/** An OAuth app or MCP client that acts for the user. See `clientId`. */
 | 'CLIENT';
/** What happened to a connection. */
export type ProviderConnectionEventKind = 
/** The user signed in with the provider, and the tokens were fetched and stored. */
'CONNECTED'
/** The access token was read. */
 | 'TOKEN_READ'
/** The access token was refreshed. */
 | 'REFRESHED'
/** The access token was refreshed, and the provider issued a new refresh token. */
 | 'ROTATED'
/** The access token could not be refreshed. The server tries again. */
 | 'REFRESH_FAILED'
/** The grant was revoked or has expired: the user must sign in again. */
 | 'REAUTHENTICATION_REQUIRED'
/** The connection and its tokens were deleted from this server. */
 | 'DISCONNECTED'
/** The grant of a deleted connection was revoked at the provider. */
 | 'REVOKED'
/**
 * The grant of a deleted connection can't be revoked: the provider has no API for it, or this
 * server has no client credentials.
 */
 | 'REVOCATION_UNSUPPORTED'
/**
 * The provider did not revoke the grant of a deleted connection after repeated attempts, and
 * the server has given up.
 */
 | 'REVOCATION_FAILED'
/** The stored tokens were re-encrypted with another key. */
 | 'KEY_ROTATED'
/** An app was allowed to read access tokens. */
 | 'ACCESS_GRANTED'
/** An app's access was revoked. */
 | 'ACCESS_REVOKED'
/** The user signed in with a different account at the provider than before. */
 | 'ACCOUNT_CHANGED'
/** The provider returned the account that the tokens belong to: `account` is now known. */
 | 'ACCOUNT_READ'
/** The scopes of the tokens changed. */
 | 'SCOPES_CHANGED'
/** The connection expires soon unless the user signs in with the provider again. */
 | 'EXPIRES_SOON';
/** Whether a connection works. */
export type ProviderConnectionStatus = 
/** The connection works. */
'ACTIVE'
/**
 * The last refresh failed, and the server tries again. Until the current access token expires,
 * it is still returned.
 */
 | 'REFRESH_FAILING'
/**
 * The grant was revoked or has expired. The user must sign in with the provider again, at
 * `reauthenticationUrl`.
 */
 | 'REAUTHENTICATION_REQUIRED';
/** What happened to the grant at the provider. */
export type ProviderRevocation = 
/** The provider has revoked the grant. */
'REVOKED'
/** The grant has not been revoked yet. This server keeps asking the provider to revoke it. */
 | 'PENDING'
/**
 * The provider has no API for revoking a grant, or this server has no client credentials for
 * it. The grant lasts until the user removes it in their account settings at the provider.
 */
 | 'UNSUPPORTED';
/** Where the scopes of a connection come from. */
export type ProviderScopesSource = 
/** The provider listed them when it issued the tokens. */
'ANSWER'
/** This server asked the provider which scopes the tokens have. */
 | 'PROVIDER'
/**
 * The provider didn't say. These are the scopes that the sign-in requested; the user may have
 * granted fewer.
 */
 | 'REQUESTED';
export type ConnectionFragment = {
    readonly id: string;
    readonly userId: string;
    readonly provider: OAuthProvider;
    readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
    readonly status: ProviderConnectionStatus;
    readonly expiresAt: string | null;
    readonly refreshTokenExpiresAt: string | null;
    readonly reconnectBy: string | null;
    readonly refreshable: boolean;
    readonly connectedAt: string;
    readonly refreshedAt: string | null;
    readonly scopes: ReadonlyArray<string> | null;
    readonly scopesSource: ProviderScopesSource | null;
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
};
export type AccessGrantFragment = {
    readonly clientId: string;
    readonly provider: OAuthProvider;
    readonly userId: string;
    readonly grantedAt: string;
    readonly lastUsedAt: string | null;
};
export type AccessTokenFragment = {
    readonly userId: string;
    readonly provider: OAuthProvider;
    readonly accessToken: string | null;
    readonly expiresAt: string | null;
};
export type ProviderConnectionsQueryVariables = Exact<{
    providers?: ReadonlyArray<OAuthProvider> | OAuthProvider | null | undefined;
    userId?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string;
}>;
export type ProviderConnectionsQuery = {
    readonly providerConnections: ReadonlyArray<{
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
        readonly status: ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: ProviderScopesSource | null;
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
};
export type ProviderConnectionQueryVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string;
}>;
export type ProviderConnectionQuery = {
    readonly providerConnection: {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
        readonly status: ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: ProviderScopesSource | null;
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
    } | null;
};
export type ProviderConnectionEventsQueryVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
    first?: number;
    after?: string | number | null | undefined;
    kinds?: ReadonlyArray<ProviderConnectionEventKind> | ProviderConnectionEventKind | null | undefined;
}>;
export type ProviderConnectionEventsQuery = {
    readonly providerConnection: {
        readonly events: ReadonlyArray<{
            readonly id: string;
            readonly kind: ProviderConnectionEventKind;
            readonly actor: ProviderConnectionEventActor;
            readonly clientId: string | null;
            readonly at: string;
            readonly times: number;
            readonly code: string | null;
            readonly evidence: string | null;
        }> | null;
    } | null;
};
export type ProviderAccessTokenQueryVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
    minValidFor?: number;
}>;
export type ProviderAccessTokenQuery = {
    readonly providerConnection: {
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accessToken: string | null;
        readonly expiresAt: string | null;
    } | null;
};
export type RenewProviderAccessTokenMutationVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
    minValidFor?: number;
}>;
export type RenewProviderAccessTokenMutation = {
    readonly refreshProviderToken: {
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accessToken: string | null;
        readonly expiresAt: string | null;
    };
};
export type ProviderSignInUrlQueryVariables = Exact<{
    provider: OAuthProvider;
    redirectTo?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string | null | undefined;
}>;
export type ProviderSignInUrlQuery = {
    readonly providerSignInUrl: string;
};
export type ProviderReauthenticationUrlQueryVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
    redirectTo?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string | null | undefined;
}>;
export type ProviderReauthenticationUrlQuery = {
    readonly providerConnection: {
        readonly reauthenticationUrl: string;
    } | null;
};
export type ConnectProviderMutationVariables = Exact<{
    provider: OAuthProvider;
    expectAccountId?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string;
}>;
export type ConnectProviderMutation = {
    readonly connectProvider: {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
        readonly status: ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: ProviderScopesSource | null;
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
    };
};
export type RefreshProviderTokenMutationVariables = Exact<{
    provider: OAuthProvider;
    minValidFor?: number | null | undefined;
    userId?: string | null | undefined;
    scopes?: ReadonlyArray<string> | string;
}>;
export type RefreshProviderTokenMutation = {
    readonly refreshProviderToken: {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
        readonly status: ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: ProviderScopesSource | null;
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
    };
};
export type DisconnectProviderMutationVariables = Exact<{
    provider: OAuthProvider;
    userId?: string | null | undefined;
}>;
export type DisconnectProviderMutation = {
    readonly disconnectProvider: {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly revocation: ProviderRevocation;
        readonly disconnectedAt: string;
    };
};
export type ImportProviderConnectionMutationVariables = Exact<{
    userId: string;
    provider: OAuthProvider;
    refreshToken: string;
    replace?: boolean;
    reconnect?: boolean;
    retryInterrupted?: boolean;
    retryDead?: boolean;
    scopes?: ReadonlyArray<string> | string;
}>;
export type ImportProviderConnectionMutation = {
    readonly importProviderConnection: {
        readonly id: string;
        readonly userId: string;
        readonly provider: OAuthProvider;
        readonly accountUnavailableBecause: ProviderAccountUnavailable | null;
        readonly status: ProviderConnectionStatus;
        readonly expiresAt: string | null;
        readonly refreshTokenExpiresAt: string | null;
        readonly reconnectBy: string | null;
        readonly refreshable: boolean;
        readonly connectedAt: string;
        readonly refreshedAt: string | null;
        readonly scopes: ReadonlyArray<string> | null;
        readonly scopesSource: ProviderScopesSource | null;
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
    };
};
export type ProviderAccessGrantsQueryVariables = Exact<{
    userId?: string | null | undefined;
    clientId?: string | null | undefined;
}>;
export type ProviderAccessGrantsQuery = {
    readonly providerAccessGrants: ReadonlyArray<{
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    }>;
};
export type GrantProviderAccessMutationVariables = Exact<{
    clientId: string;
    provider: OAuthProvider;
    userId?: string | null | undefined;
}>;
export type GrantProviderAccessMutation = {
    readonly grantProviderAccess: {
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    };
};
export type RevokeProviderAccessMutationVariables = Exact<{
    clientId: string;
    provider?: OAuthProvider | null | undefined;
    userId?: string | null | undefined;
}>;
export type RevokeProviderAccessMutation = {
    readonly revokeProviderAccess: ReadonlyArray<{
        readonly clientId: string;
        readonly provider: OAuthProvider;
        readonly userId: string;
        readonly grantedAt: string;
        readonly lastUsedAt: string | null;
    }>;
};
export declare class TypedDocumentString<TResult, TVariables> extends String implements DocumentTypeDecoration<TResult, TVariables> {
    __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
    private value;
    __meta__?: Record<string, any> | undefined;
    constructor(value: string, __meta__?: Record<string, any> | undefined);
    toString(): string & DocumentTypeDecoration<TResult, TVariables>;
}
export declare const ConnectionFragmentDoc: TypedDocumentString<ConnectionFragment, unknown>;
export declare const AccessGrantFragmentDoc: TypedDocumentString<AccessGrantFragment, unknown>;
export declare const AccessTokenFragmentDoc: TypedDocumentString<AccessTokenFragment, unknown>;
export declare const ProviderConnectionsDocument: TypedDocumentString<ProviderConnectionsQuery, ProviderConnectionsQueryVariables>;
export declare const ProviderConnectionDocument: TypedDocumentString<ProviderConnectionQuery, ProviderConnectionQueryVariables>;
export declare const ProviderConnectionEventsDocument: TypedDocumentString<ProviderConnectionEventsQuery, ProviderConnectionEventsQueryVariables>;
export declare const ProviderAccessTokenDocument: TypedDocumentString<ProviderAccessTokenQuery, ProviderAccessTokenQueryVariables>;
export declare const RenewProviderAccessTokenDocument: TypedDocumentString<RenewProviderAccessTokenMutation, RenewProviderAccessTokenMutationVariables>;
export declare const ProviderSignInUrlDocument: TypedDocumentString<ProviderSignInUrlQuery, ProviderSignInUrlQueryVariables>;
export declare const ProviderReauthenticationUrlDocument: TypedDocumentString<ProviderReauthenticationUrlQuery, ProviderReauthenticationUrlQueryVariables>;
export declare const ConnectProviderDocument: TypedDocumentString<ConnectProviderMutation, ConnectProviderMutationVariables>;
export declare const RefreshProviderTokenDocument: TypedDocumentString<RefreshProviderTokenMutation, RefreshProviderTokenMutationVariables>;
export declare const DisconnectProviderDocument: TypedDocumentString<DisconnectProviderMutation, DisconnectProviderMutationVariables>;
export declare const ImportProviderConnectionDocument: TypedDocumentString<ImportProviderConnectionMutation, ImportProviderConnectionMutationVariables>;
export declare const ProviderAccessGrantsDocument: TypedDocumentString<ProviderAccessGrantsQuery, ProviderAccessGrantsQueryVariables>;
export declare const GrantProviderAccessDocument: TypedDocumentString<GrantProviderAccessMutation, GrantProviderAccessMutationVariables>;
export declare const RevokeProviderAccessDocument: TypedDocumentString<RevokeProviderAccessMutation, RevokeProviderAccessMutationVariables>;
export {};
