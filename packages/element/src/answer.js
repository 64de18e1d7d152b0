/** @import { Account, Actor, Connection, ConnectionEvent, ConnectionFailure, ConnectionStatus, LastUse, Revocation } from './types.js' */
/** @import { OAuthProvider } from './providers.js' */
import { field, list, moment, number, oneOf, text } from './json.js'
import { isProvider } from './providers.js'

/** @type {readonly ConnectionStatus[]} */
const STATUSES = ['ACTIVE', 'REFRESH_FAILING', 'REAUTHENTICATION_REQUIRED']
/** @type {readonly Actor[]} */
const ACTORS = ['USER', 'SERVICE', 'WORKER', 'CLIENT']
/** @type {readonly Revocation[]} */
const REVOCATIONS = ['REVOKED', 'PENDING', 'UNSUPPORTED']

/**
 * @param {unknown} value
 * @returns {ConnectionFailure | null}
 */
function failure(value) {
  const at = moment(field(value, 'at'))
  if (at === null) return null
  return { code: text(field(value, 'code')) ?? 'INTERNAL', at, retryAt: moment(field(value, 'retryAt')) }
}

/**
 * @param {unknown} value
 * @returns {LastUse | null}
 */
function use(value) {
  const at = moment(field(value, 'at'))
  return at === null ? null : { at, actor: oneOf(field(value, 'actor'), ACTORS) ?? 'USER' }
}

/**
 * @param {unknown} value
 * @returns {ConnectionEvent[]}
 */
function event(value) {
  const [id, kind, at] = [text(field(value, 'id')), text(field(value, 'kind')), moment(field(value, 'at'))]
  if (id === null || kind === null || at === null) return []
  return [{ id, kind, at, actor: oneOf(field(value, 'actor'), ACTORS) ?? 'USER', times: number(field(value, 'times')) ?? 1 }]
}

/**
 * @param {unknown} value
 * @returns {Account | null}
 */
function account(value) {
  const id = text(field(value, 'id'))
  if (id === null) return null
  const [email, login, name, avatarUrl] = ['email', 'login', 'name', 'avatarUrl'].map((key) => text(field(value, key)))
  return { id, email: email ?? null, login: login ?? null, name: name ?? null, avatarUrl: avatarUrl ?? null }
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
const texts = (value) => list(value).flatMap((one) => text(one) ?? [])

/**
 * A connection of an answer; null where it is none that can be shown.
 * @param {unknown} value
 * @param {(provider: OAuthProvider) => readonly string[]} [needed] The scopes that the app needs: the answer has those of all providers.
 * @returns {Connection | null}
 */
export function connection(value, needed = () => []) {
  const provider = field(value, 'provider')
  const status = oneOf(field(value, 'status'), STATUSES)
  if (!isProvider(provider) || status === null) return null
  const events = field(value, 'recent')
  return {
    id: text(field(value, 'id')) ?? '',
    provider,
    status,
    expiresAt: moment(field(value, 'expiresAt')),
    refreshable: field(value, 'refreshable') === true,
    account: account(field(value, 'account')),
    reconnectBy: moment(field(value, 'reconnectBy')),
    scopes: texts(field(value, 'scopes')),
    missingScopes: texts(field(value, 'missingScopes')).filter((scope) => needed(provider).includes(scope)),
    connectedAt: moment(field(value, 'connectedAt')),
    refreshedAt: moment(field(value, 'refreshedAt')),
    lastFailure: failure(field(value, 'lastFailure')),
    lastUse: use(list(field(value, 'lastUse'))[0]),
    events: Array.isArray(events) ? events.flatMap(event) : null,
  }
}

/**
 * @param {unknown} value
 * @param {(provider: OAuthProvider) => readonly string[]} [needed]
 * @returns {Connection[]}
 */
export const connections = (value, needed) => list(value).flatMap((one) => connection(one, needed) ?? [])

/**
 * @param {unknown} value
 * @returns {Revocation}
 */
export const revocation = (value) => oneOf(value, REVOCATIONS) ?? 'UNSUPPORTED'

/**
 * Changes with the tokens.
 * @param {Connection | null} connection
 */
export const version = (connection) => `${connection?.status} ${connection?.connectedAt} ${connection?.refreshedAt}`
