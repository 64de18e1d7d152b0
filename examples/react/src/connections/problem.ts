import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { FetchError } from '@nhost/nhost-js/fetch'

/** Why something failed, in the words of docs/errors.md. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** `extensions.code`: `REAUTHENTICATION_REQUIRED`, `UPSTREAM_UNAVAILABLE` … And of this page: `NETWORK`, `SIGN_IN`, `CLOCK`. */
  readonly code: string
  /** Where the user signs in with the provider again, which ends the problem. */
  readonly reauthenticationUrl: string | undefined
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined
  /** Of `UNAUTHENTICATED`: `jwt-expired`, `jwt-missing` … */
  readonly reason: string | undefined

  constructor(message: string, extensions: object) {
    super(message)
    const all = new Map<string, unknown>(Object.entries(extensions))
    const text = (key: string) => {
      const value = all.get(key)
      return typeof value === 'string' ? value : undefined
    }
    this.code = text('code') ?? 'INTERNAL'
    this.reauthenticationUrl = text('reauthenticationUrl')
    this.reason = text('reason')
    const retryAfter = all.get('retryAfter')
    this.retryAfter = typeof retryAfter === 'number' ? retryAfter : undefined
  }

  /** The user alone can end it: by a sign-in, or by connecting what is not connected. Asking again does not help. */
  get needsUser(): boolean {
    return this.reauthenticationUrl !== undefined || this.code === 'NOT_CONNECTED'
  }

  /** Whatever Apollo, nhost-js or `fetch` threw. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown
    if (CombinedGraphQLErrors.is(thrown)) return Problem.#graphql(thrown.errors[0])
    if (thrown instanceof FetchError) {
      const body: unknown = thrown.body
      if (has(body, 'errors') && Array.isArray(body.errors)) return Problem.#graphql(body.errors[0])
      // Nhost Auth's: the token that came with the address was used before, or is too old.
      if (thrown.status === 401) return new Problem('The sign-in has expired. Sign in again.', { code: 'SIGN_IN' })
    }
    return new Problem('The server can’t be reached. It is tried again.', { code: 'NETWORK', retryAfter: 10 })
  }

  static #graphql(error: unknown): Problem {
    const message = has(error, 'message') ? String(error.message) : 'The server answered without a reason.'
    const extensions = has(error, 'extensions') ? error.extensions : undefined
    return new Problem(message, typeof extensions === 'object' && extensions !== null ? extensions : {})
  }
}

function has<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === 'object' && value !== null && key in value
}
