import type { Session } from '../../element/src/session.js'
import { isSignedOut, failureOf, userChanged } from './failures.ts'
import { type Answer, post } from './post.ts'

/** Asks the server as the user who is signed in, and notices when that is another one. */
export class Asker {
  readonly #endpoint: string
  readonly #session: Session
  readonly #onOther: () => void
  /** Whose answers are held; null: not known yet, or nobody's. */
  user: string | null
  /** Grows with each user: answers to earlier questions are dropped. */
  #epoch = 0

  constructor(endpoint: string, session: Session, user: string | null, onOther: () => void) {
    this.#endpoint = endpoint
    this.#session = session
    this.user = user
    this.#onOther = onOther
  }

  /** The one who is signed in is another one now; null: not known, or nobody. */
  become(user: string | null): void {
    this.#epoch += 1
    this.user = user
    this.#onOther()
  }

  /** @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`. */
  async ask(query: string, variables: object): Promise<Answer> {
    const epoch = this.#epoch
    try {
      const { user, answer } = await this.#session.as(async (jwt, user) => ({ user, answer: await post(this.#endpoint, jwt, query, variables) }))
      if (epoch !== this.#epoch) throw userChanged()
      if (user !== null && this.user !== null && user !== this.user) {
        this.become(user)
        throw userChanged()
      }
      this.user = user ?? this.user
      return answer
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (epoch === this.#epoch && this.user !== null && isSignedOut(failure.code)) this.become(null)
      throw failure
    }
  }

  /** Without a JWT: what anybody may ask. */
  async askAsNobody(query: string, variables: object): Promise<Answer> {
    return await post(this.#endpoint, null, query, variables)
  }
}
