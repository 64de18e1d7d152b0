import { Failure } from '../../element/src/failure.js'
import { field, list, text } from '../../element/src/json.js'
import { type Details, type ErrorCode, errorClasses, ProviderConnectionsError } from './errors.ts'
import { MESSAGES } from './messages.ts'

/** An error of the class that its code has. */
export function errorOf(code: string, message = MESSAGES[code] ?? code, details: Details = {}): ProviderConnectionsError {
  return isKnown(code) ? new errorClasses[code](code, message, details) : new ProviderConnectionsError(code, message, details)
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorClasses, code)
}

/** One of `errors` of a GraphQL answer. */
export function errorIn(error: unknown): ProviderConnectionsError {
  const failure = Failure.of(error)
  const of = (name: string) => field(field(error, 'extensions'), name)
  const { reason, retryAfter, reauthenticationUrl, requestId } = failure
  return errorOf(failure.code, failure.message, {
    reason,
    retryAfter,
    reauthenticationUrl,
    requestId,
    provider: text(of('provider')),
    upstream: text(of('upstream')),
    clientId: text(of('clientId')),
    missingScopes: texts(of('missingScopes')),
    scopes: texts(of('scopes')),
    path: list(field(error, 'path')).filter((step) => typeof step === 'string' || typeof step === 'number'),
  })
}

/** As thrown, where it is of these classes; else as the one of its code: the session's, say. */
export function errorFrom(thrown: unknown): ProviderConnectionsError {
  if (thrown instanceof ProviderConnectionsError) return thrown
  const { code, message, reason, retryAfter } = Failure.from(thrown)
  return code === 'OFFLINE' ? offline() : errorOf(code, message === code ? undefined : message, { reason, retryAfter })
}

/** Nobody who speaks GraphQL has answered. */
export function offline(): ProviderConnectionsError {
  return errorOf('OFFLINE', undefined, { retryAfter: RETRY })
}

function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === 'string')
}

/** When a server that can't be reached may be asked again, in seconds. */
const RETRY = 10
