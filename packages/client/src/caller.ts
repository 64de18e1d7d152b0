import { Session, subject } from '../../element/src/session.js'
import type { JwtSource } from '../../element/src/types.js'
import { errorFrom, errorOf } from './errorOf.ts'
import { SECRET_IN_BROWSER } from './messages.ts'
import { type Answer, send } from './post.ts'

/** Whose calls they are. */
export type Credentials =
  | {
      /** The user's JWT, or a function that answers it; `fresh: true` asks for a new one. null: nobody is signed in. */
      jwt: JwtSource
      serviceSecret?: never
    }
  | {
      /** The server's SERVICE_SECRET, which speaks for any user: on a server alone, never in a browser or an app. */
      serviceSecret: string
      jwt?: never
    }

/** Sends operations as a user or as a service, and says whose they were. */
export class Caller {
  readonly #endpoint: string
  readonly #headers: Record<string, string>
  readonly #session: Session | null

  constructor(endpoint: string, credentials: Credentials, headers: Record<string, string>, now: () => number) {
    this.#endpoint = endpoint
    this.#headers = headers
    if (credentials.serviceSecret === undefined) {
      this.#session = new Session(now)
      this.#session.source = credentials.jwt
      return
    }
    if (globalThis.document !== undefined) throw new Error(SECRET_IN_BROWSER)
    this.#session = null
    this.#headers = { ...headers, 'x-service-secret': credentials.serviceSecret }
  }

  /**
   * Who is signed in, by the JWT; its text where it does not say. null: a service calls.
   * @throws {ProviderConnectionsError} `SIGNED_OUT`, `OFFLINE`
   */
  async user(): Promise<string | null> {
    if (this.#session === null) return null
    try {
      const jwt = await this.#session.jwt()
      if (jwt !== null) return subject(jwt) ?? jwt
    } catch (thrown) {
      throw errorFrom(thrown)
    }
    throw errorOf('SIGNED_OUT')
  }

  /**
   * `as`: only as this user, who was signed in when the caller looked.
   * @throws {ProviderConnectionsError} `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`; the first error where no field was answered.
   */
  async send(query: string, variables: unknown, as?: string): Promise<Answer> {
    if (this.#session === null) return await this.#post(null, query, variables)
    try {
      let began: string | null = null
      return await this.#session.as(async (jwt, user) => {
        // A JWT that was refused may have been renewed when another user had signed in.
        if (began !== null && began !== user) throw errorOf('USER_CHANGED')
        began = user
        if (as !== undefined && as !== (user ?? jwt)) throw errorOf('USER_CHANGED')
        return await this.#post(jwt, query, variables)
      })
    } catch (thrown) {
      throw errorFrom(thrown)
    }
  }

  async #post(jwt: string | null, query: string, variables: unknown): Promise<Answer> {
    const headers = new Headers(this.#headers)
    if (jwt !== null) headers.set('authorization', `Bearer ${jwt}`)
    const { data, errors } = await send(this.#endpoint, headers, query, variables)
    // Thrown, so that a JWT that was refused is renewed, once; what could not be answered beside others is in `errors`.
    if (errors[0] !== undefined && (data === null || errors[0].code === 'UNAUTHENTICATED')) throw errors[0]
    return { data, errors }
  }
}
