import { Failure } from '../../element/src/failure.js';
/** What the server says beside code and message: see docs/errors.md. null: it does not say. */
export interface Details {
    provider?: string | null;
    reauthenticationUrl?: string | null;
    retryAfter?: number | null;
    reason?: string | null;
    upstream?: string | null;
    clientId?: string | null;
    requestId?: string | null;
    missingScopes?: readonly string[];
    scopes?: readonly string[];
    path?: readonly (string | number)[];
}
export type Remedy = 'sign-in-again' | 'retry-later' | 'renew-session' | 'tell-operator' | 'fix-call';
/**
 * Why something failed. What to do depends on the class alone: see `SignInAgainError`, `RetryLaterError`, `UnauthenticatedError`,
 * `OperatorError` and `CallError`. A code that this package does not know, of Hasura's or of a newer server, has this class.
 */
export declare class ProviderConnectionsError extends Failure {
    readonly name: string;
    /** What ends it; null: that depends on a code that this package does not know. */
    readonly remedy: Remedy | null;
    /** The provider that it is about, by Nhost's id. */
    readonly provider: string | null;
    /** Who is down: `nhost-auth`, a provider's id, `provider-connections` or `jwks`. */
    readonly upstream: string | null;
    /** The OAuth app that lacks a grant. */
    readonly clientId: string | null;
    /** What the user has not granted, of what the operator requires. */
    readonly missingScopes: readonly string[];
    /** What no sign-in of this app asks for, of what the call has named. */
    readonly scopes: readonly string[];
    /** Which field of the answer could not be had. */
    readonly path: readonly (string | number)[];
    constructor(code: string, message: string, details?: Details);
}
/** The user signs in with the provider again: offer `reauthenticationUrl`, or `providerSignInUrl` where there is none. */
export declare class SignInAgainError extends ProviderConnectionsError {
    readonly remedy = "sign-in-again";
}
/** It passes: call again after `retryAfter` seconds, a few times. */
export declare class RetryLaterError extends ProviderConnectionsError {
    readonly remedy = "retry-later";
}
/** The app's operator has to act. */
export declare class OperatorError extends ProviderConnectionsError {
    readonly remedy = "tell-operator";
}
/** A mistake in the call. */
export declare class CallError extends ProviderConnectionsError {
    readonly remedy = "fix-call";
}
export declare class NotConnectedError extends SignInAgainError {
    readonly code: 'NOT_CONNECTED';
}
export declare class NotRefreshableError extends SignInAgainError {
    readonly code: 'NOT_REFRESHABLE';
}
export declare class ReauthenticationRequiredError extends SignInAgainError {
    readonly code: 'REAUTHENTICATION_REQUIRED';
}
export declare class ProviderSessionNotFoundError extends SignInAgainError {
    readonly code: 'PROVIDER_SESSION_NOT_FOUND';
}
export declare class AccountMismatchError extends SignInAgainError {
    readonly code: 'ACCOUNT_MISMATCH';
}
export declare class AccountUnverifiedError extends SignInAgainError {
    readonly code: 'ACCOUNT_UNVERIFIED';
}
export declare class TokenUnreadableError extends SignInAgainError {
    readonly code: 'TOKEN_UNREADABLE';
}
/** `missingScopes` says what the user has not granted. */
export declare class InsufficientScopeError extends SignInAgainError {
    readonly code: 'INSUFFICIENT_SCOPE';
}
/** `upstream` says who is down. */
export declare class UpstreamUnavailableError extends RetryLaterError {
    readonly code: 'UPSTREAM_UNAVAILABLE';
}
export declare class RateLimitedError extends RetryLaterError {
    readonly code: 'RATE_LIMITED';
}
/** No server has answered, or nothing that is GraphQL. */
export declare class OfflineError extends RetryLaterError {
    readonly code: 'OFFLINE';
}
/** The JWT was refused (`reason`), also after it was renewed where a function answers it; or there is none. */
export declare class UnauthenticatedError extends ProviderConnectionsError {
    readonly code: 'UNAUTHENTICATED' | 'SIGNED_OUT' | 'SESSION_ENDED';
    readonly remedy = "renew-session";
}
/** Another user has signed in while the call was under way: ask again as them. */
export declare class UserChangedError extends ProviderConnectionsError {
    readonly code: 'USER_CHANGED';
    readonly remedy = "renew-session";
}
export declare class ProviderNotEnabledError extends OperatorError {
    readonly code: 'PROVIDER_NOT_ENABLED';
}
/** `scopes` says which. */
export declare class ScopeNotConfiguredError extends OperatorError {
    readonly code: 'SCOPE_NOT_CONFIGURED';
}
/** `reason` says why. */
export declare class ImportRefusedError extends OperatorError {
    readonly code: 'IMPORT_REFUSED';
}
/** `requestId` finds it in the server's log. */
export declare class InternalError extends OperatorError {
    readonly code: 'INTERNAL';
}
export declare class ForbiddenError extends CallError {
    readonly code: 'FORBIDDEN';
}
export declare class BadUserInputError extends CallError {
    readonly code: 'BAD_USER_INPUT';
}
export declare class QueryTooComplexError extends CallError {
    readonly code: 'QUERY_TOO_COMPLEX';
}
export declare class GraphQLParseError extends CallError {
    readonly code: 'GRAPHQL_PARSE_FAILED';
}
/** The server may be older than this package. */
export declare class GraphQLValidationError extends CallError {
    readonly code: 'GRAPHQL_VALIDATION_FAILED';
}
export declare class MethodNotAllowedError extends CallError {
    readonly code: 'METHOD_NOT_ALLOWED';
}
/** There is no GraphQL at this address. */
export declare class NotFoundError extends CallError {
    readonly code: 'NOT_FOUND';
}
export declare class MisdirectedRequestError extends CallError {
    readonly code: 'MISDIRECTED_REQUEST';
}
export declare class UnsupportedMediaTypeError extends CallError {
    readonly code: 'UNSUPPORTED_MEDIA_TYPE';
}
export declare class BadRequestError extends CallError {
    readonly code: 'BAD_REQUEST';
}
export declare class PersistedQueryNotSupportedError extends CallError {
    readonly code: 'PERSISTED_QUERY_NOT_SUPPORTED';
}
/** The server has TRUSTED_DOCUMENTS, and this operation is not in its list. */
export declare class PersistedQueryNotFoundError extends CallError {
    readonly code: 'PERSISTED_QUERY_NOT_FOUND';
}
export declare class PayloadTooLargeError extends CallError {
    readonly code: 'PAYLOAD_TOO_LARGE';
}
/** The class of each code of docs/errors.md, and of the four that are this package's own. */
export declare const errorClasses: {
    readonly NOT_CONNECTED: typeof NotConnectedError;
    readonly NOT_REFRESHABLE: typeof NotRefreshableError;
    readonly REAUTHENTICATION_REQUIRED: typeof ReauthenticationRequiredError;
    readonly PROVIDER_SESSION_NOT_FOUND: typeof ProviderSessionNotFoundError;
    readonly ACCOUNT_MISMATCH: typeof AccountMismatchError;
    readonly ACCOUNT_UNVERIFIED: typeof AccountUnverifiedError;
    readonly TOKEN_UNREADABLE: typeof TokenUnreadableError;
    readonly INSUFFICIENT_SCOPE: typeof InsufficientScopeError;
    readonly UPSTREAM_UNAVAILABLE: typeof UpstreamUnavailableError;
    readonly RATE_LIMITED: typeof RateLimitedError;
    readonly UNAUTHENTICATED: typeof UnauthenticatedError;
    readonly PROVIDER_NOT_ENABLED: typeof ProviderNotEnabledError;
    readonly SCOPE_NOT_CONFIGURED: typeof ScopeNotConfiguredError;
    readonly IMPORT_REFUSED: typeof ImportRefusedError;
    readonly INTERNAL: typeof InternalError;
    readonly FORBIDDEN: typeof ForbiddenError;
    readonly BAD_USER_INPUT: typeof BadUserInputError;
    readonly QUERY_TOO_COMPLEX: typeof QueryTooComplexError;
    readonly GRAPHQL_PARSE_FAILED: typeof GraphQLParseError;
    readonly GRAPHQL_VALIDATION_FAILED: typeof GraphQLValidationError;
    readonly METHOD_NOT_ALLOWED: typeof MethodNotAllowedError;
    readonly NOT_FOUND: typeof NotFoundError;
    readonly MISDIRECTED_REQUEST: typeof MisdirectedRequestError;
    readonly UNSUPPORTED_MEDIA_TYPE: typeof UnsupportedMediaTypeError;
    readonly BAD_REQUEST: typeof BadRequestError;
    readonly PERSISTED_QUERY_NOT_SUPPORTED: typeof PersistedQueryNotSupportedError;
    readonly PERSISTED_QUERY_NOT_FOUND: typeof PersistedQueryNotFoundError;
    readonly PAYLOAD_TOO_LARGE: typeof PayloadTooLargeError;
    readonly OFFLINE: typeof OfflineError;
    readonly SIGNED_OUT: typeof UnauthenticatedError;
    readonly SESSION_ENDED: typeof UnauthenticatedError;
    readonly USER_CHANGED: typeof UserChangedError;
};
export type ErrorCode = keyof typeof errorClasses;
