import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, TokenKeeper, TokenState } from '@provider-connections/core';
import { type FunctionComponent, type ReactNode } from 'react';
export type * from '@provider-connections/core';
export { AccountMismatchError, AccountUnverifiedError, BadRequestError, BadUserInputError, beginSignIn, callApi, CallError, createProviderConnections, documents, endsSoon, errorClasses, Failure, ForbiddenError, GraphQLParseError, GraphQLValidationError, ImportRefusedError, InsufficientScopeError, InternalError, isProvider, MethodNotAllowedError, MisdirectedRequestError, needsUser, nhostSession, NotConnectedError, NotFoundError, NotRefreshableError, OfflineError, OperatorError, PayloadTooLargeError, PersistedQueryNotFoundError, PersistedQueryNotSupportedError, ProviderConnections, ProviderConnectionsError, ProviderNotEnabledError, ProviderSessionNotFoundError, QueryTooComplexError, RateLimitedError, ReauthenticationRequiredError, RetryLaterError, ScopeNotConfiguredError, SignInAgainError, takeSignIn, TokenUnreadableError, UnauthenticatedError, UnsupportedMediaTypeError, UpstreamUnavailableError, UserChangedError, } from '@provider-connections/core';
export interface ProviderConnectionsProviderProps {
    /** Of `createProviderConnections`: one for the app. */
    client: ProviderConnections;
    children?: ReactNode;
}
/** Above the components that use the hooks. */
export declare const ProviderConnectionsProvider: FunctionComponent<ProviderConnectionsProviderProps>;
/** The client of the nearest `ProviderConnectionsProvider`. */
export declare function useProviderConnectionsClient(): ProviderConnections;
export interface HookOptions {
    /**
     * Lets the nearest Suspense boundary wait for the first answer. On a server, and in the render that hydrates what it
     * has sent, nothing waits: `loading` is true there.
     */
    suspense?: boolean;
}
export interface ProviderConnectionsResult {
    /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
    connections: readonly Connection[];
    loading: boolean;
    /** Why the last read failed. */
    error: Failure | null;
    /** Whether changes are heard at once, rather than asked for every ten seconds. */
    live: boolean;
    refetch: () => Promise<void>;
    connect: (provider: OAuthProvider) => Promise<void>;
    refresh: (provider: OAuthProvider) => Promise<void>;
    disconnect: (provider: OAuthProvider) => Promise<Revocation>;
    signInUrl: ProviderConnections['signInUrl'];
}
/** The user's connections, kept up to date for as long as the component is there. */
export declare function useProviderConnections(options?: HookOptions): ProviderConnectionsResult;
export interface ProviderTokenResult extends TokenState {
    /** For a call that is made now: right after it, the provider's API will take the token. */
    getToken: TokenKeeper['getToken'];
    refetch: () => void;
}
/**
 * An access token for the provider's API: fresh at every render, and replaced before it ends, for as long as the component
 * is there. It is in memory alone; keep it out of storage, addresses and the page.
 */
export declare function useProviderToken(provider: OAuthProvider, options?: HookOptions): ProviderTokenResult;
