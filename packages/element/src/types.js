/** @import { Failure } from './failure.js' */
/** @import { OAuthProvider } from './providers.js' */

/** @typedef {'ACTIVE' | 'REFRESH_FAILING' | 'REAUTHENTICATION_REQUIRED'} ConnectionStatus */
/** @typedef {'USER' | 'SERVICE' | 'WORKER' | 'CLIENT'} Actor On whose behalf something happened. */
/** @typedef {'REVOKED' | 'PENDING' | 'UNSUPPORTED'} Revocation What became of the grant at the provider. */

/**
 * Why the last refresh failed. Times are milliseconds since 1970.
 * @typedef {object} ConnectionFailure
 * @property {string} code
 * @property {number} at
 * @property {number | null} retryAt
 */

/**
 * When the access token was last handed out, and to whom.
 * @typedef {object} LastUse
 * @property {number} at
 * @property {Actor} actor
 */

/**
 * Something that happened to a connection.
 * @typedef {object} ConnectionEvent
 * @property {string} id
 * @property {string} kind
 * @property {Actor} actor
 * @property {number} at
 * @property {number} times
 */

/**
 * An app (an OAuth app, an MCP client) that may read the access token of a connection.
 * @typedef {object} AccessGrant
 * @property {string} clientId
 * @property {OAuthProvider} provider
 * @property {number | null} lastUsedAt Milliseconds since 1970; null: not yet.
 */

/**
 * The account at the provider.
 * @typedef {object} Account
 * @property {string} id
 * @property {string | null} email
 * @property {string | null} login
 * @property {string | null} name
 * @property {string | null} avatarUrl
 */

/**
 * A connection as it is shown: never with a token. Times are milliseconds since 1970.
 * @typedef {object} Connection
 * @property {string} id
 * @property {OAuthProvider} provider
 * @property {ConnectionStatus} status
 * @property {number | null} expiresAt
 * @property {boolean} refreshable
 * @property {number | null} connectedAt
 * @property {number | null} refreshedAt
 * @property {ConnectionFailure | null} lastFailure
 * @property {LastUse | null} lastUse
 * @property {Account | null} account Null: not known, or an older server.
 * @property {readonly string[]} scopes What the tokens allow; none: not known, or an older server.
 * @property {readonly string[]} missingScopes Those that the app needs and the tokens lack: of the attributes `scopes-…`.
 * @property {number | null} reconnectBy When the user has to have signed in again at the latest; null: no end is known.
 * @property {ConnectionEvent[] | null} events Newest first; null: not asked for, or not to be had.
 */

/**
 * Answers the user's JWT, or null where nobody is signed in. `fresh`: a new one, since the last was
 * refused as expired or is about to expire.
 * @typedef {(options: { fresh: boolean }) => string | null | Promise<string | null>} JwtFunction
 */

/** @typedef {string | null | JwtFunction} JwtSource */

/**
 * @typedef {'connected' | 'needs-access' | 'ends-soon' | 'refreshing' | 'failing' | 'sign-in-again' | 'not-connected' | 'connecting' | 'disconnecting'} RowState
 */

/**
 * What the model is embedded in.
 * @typedef {object} Host
 * @property {() => URL} endpoint
 * @property {() => boolean} recent Whether what happened lately is looked at.
 * @property {(provider: OAuthProvider) => readonly string[]} scopes Those that the app needs.
 * @property {() => void} changed Something is to be shown anew.
 * @property {(type: string, detail: object) => boolean} dispatch False: the app does it itself.
 * @property {(failure: Failure, provider: OAuthProvider | null) => string} describe
 */

export {}
