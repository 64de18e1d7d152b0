import { errorOf } from '../../client/src/errorOf.ts'
import { Failure, failureOf, needsUser, userChanged } from './failures.ts'
import { later } from './timers.ts'
import type { Store } from './types.ts'

/** How long before its end a token is replaced, in milliseconds; less than what the server is asked for, see tokens.ts. */
const MARGIN = 60_000
/** The shortest pause between two reads of the same token, in milliseconds. */
const SHORTEST_PAUSE = 5_000
/** setTimeout takes no more milliseconds, 24.8 days: what is longer would be over at once. */
const LONGEST_TIMER = 2 ** 31 - 1
/** How long what Suspense has waited for is held for the component to mount, in milliseconds. */
const MOUNTING = 5_000

export interface ProviderToken {
  accessToken: string
  /** In milliseconds since 1970; null: no known expiry. */
  expiresAt: number | null
  /** Whether there can be another one without the user. */
  refreshable: boolean
}

export interface TokenState {
  /** Never one that has expired; null: none is there, or not yet. */
  accessToken: string | null
  /** In milliseconds since 1970; null: no known expiry, or no token. */
  expiresAt: number | null
  loading: boolean
  /** Why the last read failed. There may be a token yet. */
  error: Failure | null
}

export interface Source {
  /** A token that lives for a while yet, refreshed by the server where that is needed. */
  read(): Promise<ProviderToken>
  /** Another token, whatever the last one's expiry says. */
  renew(): Promise<ProviderToken>
  /** Forgets what is another user's, where the app says that one is signed in. */
  follow(): void
  /** Somebody listens, until what this answers is called. */
  retain(): () => void
}

const NOTHING: TokenState = { accessToken: null, expiresAt: null, loading: true, error: null }

/**
 * Keeps one access token fresh for as long as somebody listens: it is read again before it ends, by the clock and not by
 * how long a timer has slept, and forgotten when nobody listens any more. It is in memory and nowhere else.
 */
export class TokenKeeper implements Store<TokenState> {
  readonly #source: Source
  readonly #listeners = new Set<() => void>()
  #state = NOTHING
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading: Promise<ProviderToken> | undefined
  /** The read that follows the one under way, for what has changed since that one began. */
  #next: Promise<ProviderToken> | undefined
  /** When it is read again; undefined: not by itself. */
  #due: number | undefined
  #release = () => {}
  /** Grows with each reset: what was asked for before is dropped. */
  #epoch = 0

  constructor(source: Source) {
    this.#source = source
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** What there is now. A timer may be late, after the machine has slept, say; the clock is not. */
  readonly snapshot = (): TokenState => {
    const { accessToken, expiresAt } = this.#state
    if (accessToken !== null && expiresAt !== null && expiresAt <= Date.now()) {
      this.#state = { ...this.#state, accessToken: null, expiresAt: null, loading: this.#state.error === null }
    }
    return this.#state
  }

  readonly serverSnapshot = (): TokenState => NOTHING

  /** Resolves once there is a token or a failure, which is then held for as long as a component takes to mount. */
  readonly loaded = async (): Promise<void> => {
    const release = this.subscribe(() => undefined)
    await this.#reading?.catch(() => undefined)
    later(release, MOUNTING)
  }

  /** A token for a call that is made now; `refused`: the one that the provider's API has just answered 401 to. */
  readonly getToken = async ({ refused }: { refused?: string | undefined } = {}): Promise<string> => {
    this.#source.follow()
    const { accessToken, expiresAt } = this.snapshot()
    if (accessToken !== null && accessToken !== refused && !endsWithin(SHORTEST_PAUSE, expiresAt)) return accessToken
    const read = await this.#read(this.#source.read)
    return read.accessToken === refused ? (await this.#read(this.#source.renew)).accessToken : read.accessToken
  }

  /**
   * Reads it again, for what is known to have changed. A read that is under way may have been answered before the change, so
   * another one follows it. What goes wrong is in the state.
   */
  readonly refetch = (): void => {
    if (this.#reading === undefined) this.#begin()
    else this.#next ??= this.#after(this.#reading)
  }

  /** As `refetch`, where anybody listens or waits. */
  changed(): void {
    if (this.#listeners.size > 0 || this.#reading !== undefined) this.refetch()
  }

  /** Forgets the token of one user, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
  forget(): void {
    this.#epoch += 1
    this.#reading = undefined
    this.#next = undefined
    this.#due = undefined
    clearTimeout(this.#timer)
    this.#state = NOTHING
  }

  /** Reads the next user's where anybody listens. */
  restart(): void {
    if (this.#listeners.size === 0) return
    this.#begin()
    this.#show(NOTHING)
  }

  /** Reads it, or joins who does. What goes wrong is in the state. */
  #begin(): void {
    this.#read(this.#source.read).catch(() => undefined)
  }

  #after(reading: Promise<ProviderToken>): Promise<ProviderToken> {
    const epoch = this.#epoch
    const next = reading
      .catch(() => undefined)
      .then(async () => {
        if (epoch !== this.#epoch) throw userChanged()
        this.#next = undefined
        return await this.#read(this.#source.read)
      })
    next.catch(() => undefined)
    return next
  }

  #read(source: () => Promise<ProviderToken>): Promise<ProviderToken> {
    // What is under way is older than the change that this one waits for. A renewal doesn't wait: what it brings is new.
    if (this.#next !== undefined && source === this.#source.read) return this.#next
    const epoch = this.#epoch
    // Who comes while it is read joins: StrictMode's second mount, and every other component.
    this.#reading ??= source()
      .then(unexpired)
      .then(
        (token) => {
          if (epoch !== this.#epoch) throw userChanged()
          const { accessToken, expiresAt } = token
          this.#settle({ accessToken, expiresAt, loading: false, error: null })
          return token
        },
        (thrown: unknown) => {
          if (epoch !== this.#epoch) throw userChanged()
          const error = failureOf(thrown)
          const { accessToken, expiresAt } = needsUser(error) ? NOTHING : this.snapshot()
          this.#settle({ accessToken, expiresAt, loading: false, error })
          throw error
        },
      )
    return this.#reading
  }

  #settle(state: TokenState): void {
    this.#reading = undefined
    if (this.#listeners.size === 0) return
    this.#due = dueAt(state)
    this.#show(state)
  }

  #show(state: TokenState): void {
    this.#state = state
    this.#plan()
    for (const listener of this.#listeners) listener()
  }

  /**
   * What takes the place of the token at hand. The server takes one whose whole life is short, a minute say, for as fresh as
   * the provider makes it, and answers it again; to have none end in use, it is then renewed.
   */
  readonly #another = async (): Promise<ProviderToken> => {
    const { accessToken } = this.snapshot()
    const read = await this.#source.read()
    if (read.accessToken !== accessToken || !read.refreshable || !endsWithin(MARGIN, read.expiresAt)) return read
    // Where that fails, the one at hand is good for a while.
    return await this.#source.renew().catch(() => read)
  }

  readonly #wake = (): void => {
    const before = this.#state
    const now = this.snapshot()
    if (this.#due !== undefined && this.#due <= Date.now()) this.#read(this.#another).catch(() => undefined)
    if (now === before) this.#plan()
    else this.#show(now)
  }

  /** Back on the page or on the net: what waits for its time, or for the user, may go well now. */
  readonly #back = (): void => {
    if (document.visibilityState === 'hidden') return
    if (this.#state.error !== null) this.#begin()
    this.#wake()
  }

  #plan(): void {
    clearTimeout(this.#timer)
    const moments = [this.#reading === undefined ? this.#due : undefined, this.#state.expiresAt].filter((moment) => typeof moment === 'number')
    if (moments.length === 0) return
    this.#timer = setTimeout(this.#wake, Math.min(Math.max(Math.min(...moments) - Date.now(), 0), LONGEST_TIMER))
  }

  #start(): void {
    this.#release = this.#source.retain()
    // Where there is a page: in Node or React Native the clock alone counts.
    globalThis.document?.addEventListener('visibilitychange', this.#back)
    globalThis.window?.addEventListener('pageshow', this.#back)
    globalThis.window?.addEventListener('online', this.#back)
    this.#begin()
  }

  #stop(): void {
    this.#release()
    globalThis.document?.removeEventListener('visibilitychange', this.#back)
    globalThis.window?.removeEventListener('pageshow', this.#back)
    globalThis.window?.removeEventListener('online', this.#back)
    clearTimeout(this.#timer)
    this.#due = undefined
    this.#state = NOTHING
  }
}

function endsWithin(milliseconds: number, expiresAt: number | null): boolean {
  return expiresAt !== null && expiresAt - Date.now() <= milliseconds
}

/** The server hands out none that has expired: where one comes so, this machine's clock is fast. */
function unexpired(token: ProviderToken): ProviderToken {
  if (token.expiresAt === null || token.expiresAt > Date.now()) return token
  throw errorOf('CLOCK', undefined, { retryAfter: 60 })
}

/** When a token in this state is read again; undefined: not by itself. */
function dueAt({ expiresAt, error }: TokenState): number | undefined {
  const now = Date.now()
  if (error !== null) return error.retryAfter === null ? undefined : now + Math.max(error.retryAfter * 1000, SHORTEST_PAUSE)
  if (expiresAt === null) return undefined
  // Of a short life, a half: a token for a minute is not asked for all the time.
  return now + Math.max(expiresAt - now - MARGIN, (expiresAt - now) / 2, SHORTEST_PAUSE)
}
