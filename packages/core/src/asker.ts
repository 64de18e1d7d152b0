import type { Session } from '../../element/src/session.js'
import { isSignedOut, failureOf, userChanged } from './failures.ts'
import { type Answer, post } from '../../client/src/post.ts'

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
    this.#session.userChanged()
    this.#forget(user)
  }

  #forget(user: string | null): void {
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
   * For what is held, and what the user clicked at: where another user is signed in than before, nothing is sent.
   * @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`.
   */
  async ask(query: string, variables: object): Promise<Answer> {
    return await this.#send(query, variables, false)
  }

  /**
   * As `ask`, for whoever is signed in now: what a sign-in has left is theirs.
   * @throws {Failure} As `ask`.
   */
  async askForAnyone(query: string, variables: object): Promise<Answer> {
    return await this.#send(query, variables, true)
  }

  async #send(query: string, variables: object, anyone: boolean): Promise<Answer> {
    this.follow()
    let epoch = this.#epoch
    try {
      const { user, answer } = await this.#session.as(async (jwt, user) => {
        // Before anything is sent: the answer may take long, or not come at all.
        if (anyone) this.follow()
        else if (epoch !== this.#epoch) throw userChanged()
        if (this.#differs(user) && (!anyone || user !== this.user)) throw userChanged()
        epoch = this.#epoch
        return { user, answer: await post(this.#endpoint, jwt, query, variables) }
      })
      // Two who asked side by side were both the first.
      if (epoch !== this.#epoch || this.#differs(user)) throw userChanged()
      this.user = user ?? this.user
      return answer
    } catch (thrown) {
      const failure = failureOf(thrown)
      // Where the app says that they are signed in, it is their session that the server refuses, and what is held is theirs.
      if (epoch === this.#epoch && this.user !== null && isSignedOut(failure.code) && this.#current() !== this.user) this.#forget(null)
      throw failure
    }
  }

  /** Whether a JWT is of another user than what is held, which is forgotten then. */
  #differs(user: string | null): boolean {
    if (user === null || this.user === null || user === this.user) return false
    // Where the app says who is signed in, that counts: the two may differ for a moment, and one would be forgotten for the other in turn.
    if (this.#current() === undefined) this.become(user)
    return true
  }

  /** Without a JWT: what anybody may ask. */
  async askAsNobody(query: string, variables: object): Promise<Answer> {
    return await post(this.#endpoint, null, query, variables)
  }
}
