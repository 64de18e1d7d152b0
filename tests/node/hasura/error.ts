import type { Json } from './json.ts'

/** What Hasura itself refuses, as its clients see it: `Hasura/Base/Error.hs`. */
export class HasuraError extends Error {
  readonly code: string
  readonly path: string
  readonly internal: Json | undefined

  constructor(code: string, message: string, path = '$', internal?: Json) {
    super(message)
    this.code = code
    this.path = path
    this.internal = internal
  }

  /** `internal` is for the admin alone, unless Hasura runs in its development mode. */
  toJson(forAdmin: boolean): Json {
    const internal = forAdmin && this.internal !== undefined ? { internal: this.internal } : {}
    return { errors: [{ message: this.message, extensions: { path: this.path, code: this.code, ...internal } }] }
  }
}
