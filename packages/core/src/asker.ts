import type { Session } from '../../element/src/session.js'
import { isSignedOut, failureOf, userChanged } from './failures.ts'
import { type Answer, post } from './post.ts'

/** Asks the server as the user who is signed in, and notices when that is another one. */
export class Asker {
  readonly #endpoint: string
  readonly #session: Session
  readonly #onOther: () => void
  readonly #current: () => string | null | undefined
  /** Whose answers are held; null: not known yet, or nobody's. */
  user: string | null
  /** Grows with each user: answers to earlier questions are dropped. */
  #epoch = 0

  /**
   * `current` is who is signed in by what the app says; undefined: it does not say. `onOther` forgets what is held of the
   * user before.
   */
  constructor(endpoint: string, session: Session, current: () => string | null | undefined, user: string | null, onOther: () => void) {
    this.#endpoint = endpoint
    this.#session = session
    this.user = user
    this.#current = current
    this.#onOther = onOther
  }

  /** The one who is signed in is another one now; null: not known, or nobody. */
  become(user: string | null): void {
    this.#epoch += 1
    this.user = user
    this.#onOther()
  }

  /** Forgets the user before where the app says that another one is signed in. */
  follow(): void {
    const user = this.#current()
    if (user !== undefined && user !== this.user) this.become(user)
  }

  /**
   * What is held is read with it: another user's answer is dropped.
   * @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`.
   */
  async ask(query: string, variables: object): Promise<Answer> {
    const { answer, other } = await this.act(query, variables)
    if (other) throw userChanged()
    return answer
  }

  /**
   * As `ask`, of which the answer is wanted whoever the JWT was of: `other` says that it was not of the user before.
   * @throws {Failure} As `ask`.
   */
  async act(query: string, variables: object): Promise<{ answer: Answer; other: boolean }> {
    this.follow()
    const epoch = this.#epoch
    try {
      const { user, answer } = await this.#session.as(async (jwt, user) => ({ user, answer: await post(this.#endpoint, jwt, query, variables) }))
      if (epoch !== this.#epoch) throw userChanged()
      const other = user !== null && this.user !== null && user !== this.user
      if (other) this.become(user)
      this.user = user ?? this.user
      return { answer, other }
    } catch (thrown) {
      const failure = failureOf(thrown)
      // Where the app says that they are signed in, it is their session that the server refuses, and what is held is theirs.
      if (epoch === this.#epoch && this.user !== null && isSignedOut(failure.code) && this.#current() !== this.user) this.become(null)
      throw failure
    }
  }

  /** Without a JWT: what anybody may ask. */
  async askAsNobody(query: string, variables: object): Promise<Answer> {
    return await post(this.#endpoint, null, query, variables)
  }
}
