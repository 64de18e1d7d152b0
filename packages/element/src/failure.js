import { field, number, text } from './json.js'

/**
 * Why something did not work. `code` is the server's `extensions.code`, or one of ours:
 * `OFFLINE` (no answer), `SIGNED_OUT` (no JWT), `SESSION_ENDED` (a JWT that is refused, and no better
 * one), `REDIRECT_REFUSED` (`redirect-to` is another site), `STORAGE_BLOCKED`, `ELEVATION_REQUIRED` (before a
 * sign-in); `SIGN_IN_FAILED`, `SIGN_IN_CANCELLED`, `SIGN_IN_UNFINISHED`, `SIGN_IN_TOO_SLOW`,
 * `SIGN_IN_NOT_BEGUN_HERE`, `NOT_SIGNED_UP`, `ALREADY_LINKED`, `USER_DISABLED`,
 * `PROVIDER_SESSION_MISSING_AGAIN` (what came of one).
 */
export class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {{ reason?: string | null, retryAfter?: number | null, reauthenticationUrl?: string | null, requestId?: string | null }} [more]
   *   `retryAfter` in seconds.
   */
  constructor(code, message = code, more = {}) {
    super(message)
    this.name = 'Failure'
    this.code = code
    this.reason = more.reason ?? null
    this.retryAfter = more.retryAfter ?? null
    this.reauthenticationUrl = more.reauthenticationUrl ?? null
    this.requestId = more.requestId ?? null
  }

  /**
   * @param {unknown} error One of `errors` of a GraphQL answer.
   * @returns {Failure}
   */
  static of(error) {
    const extensions = field(error, 'extensions')
    const code = text(field(extensions, 'code')) ?? 'INTERNAL'
    return new Failure(code, text(field(error, 'message')) ?? code, {
      reason: text(field(extensions, 'reason')),
      retryAfter: number(field(extensions, 'retryAfter')),
      reauthenticationUrl: text(field(extensions, 'reauthenticationUrl')),
      requestId: text(field(extensions, 'requestId')),
    })
  }

  /**
   * @param {unknown} thrown
   * @returns {Failure}
   */
  static from(thrown) {
    return thrown instanceof Failure ? thrown : new Failure('INTERNAL', thrown instanceof Error ? thrown.message : undefined)
  }
}

/**
 * Whether what came of the last thing that was done with a provider is a failure with this code.
 * @param {{ failure: Failure } | object | undefined} note
 * @param {string} code
 */
export const failedWith = (note, code) => note !== undefined && 'failure' in note && note.failure instanceof Failure && note.failure.code === code

/**
 * Whether it is the user's own doing, and nothing is wrong: they left a sign-in, or said no.
 * @param {Failure} failure
 */
export const isCalm = ({ code }) => code === 'SIGN_IN_CANCELLED' || code === 'SIGN_IN_UNFINISHED'
