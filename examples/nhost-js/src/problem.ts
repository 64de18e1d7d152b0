import { FetchError } from '@nhost/nhost-js/fetch'

/** Why a call failed, in the words of docs/errors.md. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** `extensions.code`: `REAUTHENTICATION_REQUIRED`, `UPSTREAM_UNAVAILABLE` … */
  readonly code: string
  readonly provider: string | undefined
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
    this.provider = text('provider')
    this.reauthenticationUrl = text('reauthenticationUrl')
    this.reason = text('reason')
    const retryAfter = all.get('retryAfter')
    this.retryAfter = typeof retryAfter === 'number' ? retryAfter : undefined
  }

  /** The first GraphQL error of what nhost-js threw; undefined: it is none, but the network's, say. */
  static in(thrown: unknown): Problem | undefined {
    if (!(thrown instanceof FetchError)) return undefined
    const body: unknown = thrown.body
    if (!has(body, 'errors') || !Array.isArray(body.errors)) return undefined
    const error: unknown = body.errors[0]
    if (!has(error, 'message')) return undefined
    const extensions = has(error, 'extensions') ? error.extensions : {}
    return new Problem(String(error.message), typeof extensions === 'object' && extensions !== null ? extensions : {})
  }
}

function has<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === 'object' && value !== null && key in value
}
