import { Failure } from '../../element/src/failure.js'

/** What the server says beside code and message: see docs/errors.md. null: it does not say. */
export interface Details {
  provider?: string | null
  reauthenticationUrl?: string | null
  retryAfter?: number | null
  reason?: string | null
  upstream?: string | null
  clientId?: string | null
  requestId?: string | null
  missingScopes?: readonly string[]
  scopes?: readonly string[]
  path?: readonly (string | number)[]
}

export type Remedy = 'sign-in-again' | 'retry-later' | 'renew-session' | 'tell-operator' | 'fix-call'

/**
 * Why something failed. What to do depends on the class alone: see `SignInAgainError`, `RetryLaterError`, `UnauthenticatedError`,
 * `OperatorError` and `CallError`. A code that this package does not know, of Hasura's or of a newer server, has this class.
 */
export class ProviderConnectionsError extends Failure {
  override readonly name: string = 'ProviderConnectionsError'
  /** What ends it; null: that depends on a code that this package does not know. */
  readonly remedy: Remedy | null = null
  /** The provider that it is about, by Nhost's id. */
  readonly provider: string | null
  /** Who is down: `nhost-auth`, a provider's id, `provider-connections` or `jwks`. */
  readonly upstream: string | null
  /** The OAuth app that lacks a grant. */
  readonly clientId: string | null
  /** What the user has not granted, of what the operator requires. */
  readonly missingScopes: readonly string[]
  /** What no sign-in of this app asks for, of what the call has named. */
  readonly scopes: readonly string[]
  /** Which field of the answer could not be had. */
  readonly path: readonly (string | number)[]

  constructor(code: string, message: string, details: Details = {}) {
    const { reason = null, retryAfter = null, reauthenticationUrl = null, requestId = null } = details
    super(code, message, { reason, retryAfter, reauthenticationUrl, requestId })
    this.provider = details.provider ?? null
    this.upstream = details.upstream ?? null
    this.clientId = details.clientId ?? null
    this.missingScopes = details.missingScopes ?? []
    this.scopes = details.scopes ?? []
    this.path = details.path ?? []
  }
}

/** The user signs in with the provider again: offer `reauthenticationUrl`, or `providerSignInUrl` where there is none. */
export class SignInAgainError extends ProviderConnectionsError {
  override readonly remedy = 'sign-in-again'
}

/** It passes: call again after `retryAfter` seconds, a few times. */
export class RetryLaterError extends ProviderConnectionsError {
  override readonly remedy = 'retry-later'
}

/** The app's operator has to act. */
export class OperatorError extends ProviderConnectionsError {
  override readonly remedy = 'tell-operator'
}

/** A mistake in the call. */
export class CallError extends ProviderConnectionsError {
  override readonly remedy = 'fix-call'
}

// --- sign in again ------------------------------------------------------------------------------

export class NotConnectedError extends SignInAgainError {
  declare readonly code: 'NOT_CONNECTED'
}
export class NotRefreshableError extends SignInAgainError {
  declare readonly code: 'NOT_REFRESHABLE'
}
export class ReauthenticationRequiredError extends SignInAgainError {
  declare readonly code: 'REAUTHENTICATION_REQUIRED'
}
export class ProviderSessionNotFoundError extends SignInAgainError {
  declare readonly code: 'PROVIDER_SESSION_NOT_FOUND'
}
export class AccountMismatchError extends SignInAgainError {
  declare readonly code: 'ACCOUNT_MISMATCH'
}
export class AccountUnverifiedError extends SignInAgainError {
  declare readonly code: 'ACCOUNT_UNVERIFIED'
}
export class TokenUnreadableError extends SignInAgainError {
  declare readonly code: 'TOKEN_UNREADABLE'
}
/** `missingScopes` says what the user has not granted. */
export class InsufficientScopeError extends SignInAgainError {
  declare readonly code: 'INSUFFICIENT_SCOPE'
}

// --- try again ----------------------------------------------------------------------------------

/** `upstream` says who is down. */
export class UpstreamUnavailableError extends RetryLaterError {
  declare readonly code: 'UPSTREAM_UNAVAILABLE'
}
export class RateLimitedError extends RetryLaterError {
  declare readonly code: 'RATE_LIMITED'
}
/** No server has answered, or nothing that is GraphQL. */
export class OfflineError extends RetryLaterError {
  declare readonly code: 'OFFLINE'
}

// --- the app's own session ----------------------------------------------------------------------

/** The JWT was refused (`reason`), also after it was renewed where a function answers it; or there is none. */
export class UnauthenticatedError extends ProviderConnectionsError {
  declare readonly code: 'UNAUTHENTICATED' | 'SIGNED_OUT' | 'SESSION_ENDED'
  override readonly remedy = 'renew-session'
}
/** Another user has signed in while the call was under way: ask again as them. */
export class UserChangedError extends ProviderConnectionsError {
  declare readonly code: 'USER_CHANGED'
  override readonly remedy = 'renew-session'
}

// --- tell the operator --------------------------------------------------------------------------

export class ProviderNotEnabledError extends OperatorError {
  declare readonly code: 'PROVIDER_NOT_ENABLED'
}
/** `scopes` says which. */
export class ScopeNotConfiguredError extends OperatorError {
  declare readonly code: 'SCOPE_NOT_CONFIGURED'
}
/** `reason` says why. */
export class ImportRefusedError extends OperatorError {
  declare readonly code: 'IMPORT_REFUSED'
}
/** `requestId` finds it in the server's log. */
export class InternalError extends OperatorError {
  declare readonly code: 'INTERNAL'
}

// --- fix the call -------------------------------------------------------------------------------

export class ForbiddenError extends CallError {
  declare readonly code: 'FORBIDDEN'
}
export class BadUserInputError extends CallError {
  declare readonly code: 'BAD_USER_INPUT'
}
export class QueryTooComplexError extends CallError {
  declare readonly code: 'QUERY_TOO_COMPLEX'
}
export class GraphQLParseError extends CallError {
  declare readonly code: 'GRAPHQL_PARSE_FAILED'
}
/** The server may be older than this package. */
export class GraphQLValidationError extends CallError {
  declare readonly code: 'GRAPHQL_VALIDATION_FAILED'
}
export class MethodNotAllowedError extends CallError {
  declare readonly code: 'METHOD_NOT_ALLOWED'
}
/** There is no GraphQL at this address. */
export class NotFoundError extends CallError {
  declare readonly code: 'NOT_FOUND'
}
export class MisdirectedRequestError extends CallError {
  declare readonly code: 'MISDIRECTED_REQUEST'
}
export class UnsupportedMediaTypeError extends CallError {
  declare readonly code: 'UNSUPPORTED_MEDIA_TYPE'
}
export class BadRequestError extends CallError {
  declare readonly code: 'BAD_REQUEST'
}
export class PersistedQueryNotSupportedError extends CallError {
  declare readonly code: 'PERSISTED_QUERY_NOT_SUPPORTED'
}
/** The server has TRUSTED_DOCUMENTS, and this operation is not in its list. */
export class PersistedQueryNotFoundError extends CallError {
  declare readonly code: 'PERSISTED_QUERY_NOT_FOUND'
}
export class PayloadTooLargeError extends CallError {
  declare readonly code: 'PAYLOAD_TOO_LARGE'
}

/** The class of each code of docs/errors.md, and of the four that are this package's own. */
export const errorClasses = {
  NOT_CONNECTED: NotConnectedError,
  NOT_REFRESHABLE: NotRefreshableError,
  REAUTHENTICATION_REQUIRED: ReauthenticationRequiredError,
  PROVIDER_SESSION_NOT_FOUND: ProviderSessionNotFoundError,
  ACCOUNT_MISMATCH: AccountMismatchError,
  ACCOUNT_UNVERIFIED: AccountUnverifiedError,
  TOKEN_UNREADABLE: TokenUnreadableError,
  INSUFFICIENT_SCOPE: InsufficientScopeError,
  UPSTREAM_UNAVAILABLE: UpstreamUnavailableError,
  RATE_LIMITED: RateLimitedError,
  UNAUTHENTICATED: UnauthenticatedError,
  PROVIDER_NOT_ENABLED: ProviderNotEnabledError,
  SCOPE_NOT_CONFIGURED: ScopeNotConfiguredError,
  IMPORT_REFUSED: ImportRefusedError,
  INTERNAL: InternalError,
  FORBIDDEN: ForbiddenError,
  BAD_USER_INPUT: BadUserInputError,
  QUERY_TOO_COMPLEX: QueryTooComplexError,
  GRAPHQL_PARSE_FAILED: GraphQLParseError,
  GRAPHQL_VALIDATION_FAILED: GraphQLValidationError,
  METHOD_NOT_ALLOWED: MethodNotAllowedError,
  NOT_FOUND: NotFoundError,
  MISDIRECTED_REQUEST: MisdirectedRequestError,
  UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaTypeError,
  BAD_REQUEST: BadRequestError,
  PERSISTED_QUERY_NOT_SUPPORTED: PersistedQueryNotSupportedError,
  PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFoundError,
  PAYLOAD_TOO_LARGE: PayloadTooLargeError,
  OFFLINE: OfflineError,
  SIGNED_OUT: UnauthenticatedError,
  SESSION_ENDED: UnauthenticatedError,
  USER_CHANGED: UserChangedError,
} as const

export type ErrorCode = keyof typeof errorClasses
