import { Problem } from './problem.ts'

/** How long before its end a token is replaced, in milliseconds; less than what the server is asked for, see tokens.ts. */
const MARGIN = 60_000
/** The shortest pause between two reads of the same token, in milliseconds. */
const SHORTEST_PAUSE = 5_000
/** setTimeout takes no more milliseconds, 24.8 days: what is longer would be over at once. */
const LONGEST_TIMER = 2 ** 31 - 1

export interface ProviderToken {
  accessToken: string
  /** In milliseconds since 1970; undefined: no known expiry. */
  expiresAt: number | undefined
  /** Whether there can be another one without the user. */
  refreshable: boolean
}

export interface TokenState {
  /** Never one that has expired; undefined: none is there, or not yet. */
  accessToken: string | undefined
  expiresAt: number | undefined
  loading: boolean
  /** Why the last read failed. There may be a token yet. */
  problem: Problem | undefined
}

export interface Source {
  /** A token that lives for a while yet, refreshed by the server where that is needed. */
  read(): Promise<ProviderToken>
  /** Another token, whatever the last one's expiry says. */
  renew(): Promise<ProviderToken>
}

const NOTHING: TokenState = { accessToken: undefined, expiresAt: undefined, loading: true, problem: undefined }

/**
 * Keeps one access token fresh for as long as somebody listens: it is read again before it ends, by the clock and not by
 * how long a timer has slept, and forgotten when nobody listens any more. An external store in React's sense.
 */
export class TokenKeeper {
  readonly #source: Source
  readonly #listeners = new Set<() => void>()
  #state = NOTHING
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading: Promise<ProviderToken> | undefined
  /** When it is read again; undefined: not by itself. */
  #due: number | undefined

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
    if (accessToken !== undefined && expiresAt !== undefined && expiresAt <= Date.now()) {
      this.#state = { ...this.#state, accessToken: undefined, expiresAt: undefined, loading: this.#state.problem === undefined }
    }
    return this.#state
  }

  /** A token for a call that is made now; `refused`: the one that the provider's API has just answered 401 to. */
  readonly getToken = async ({ refused }: { refused?: string | undefined } = {}): Promise<string> => {
    const { accessToken, expiresAt } = this.snapshot()
    if (accessToken !== undefined && accessToken !== refused && !endsWithin(SHORTEST_PAUSE, expiresAt)) return accessToken
    const read = await this.#read(this.#source.read)
    return read.accessToken === refused ? (await this.#read(this.#source.renew)).accessToken : read.accessToken
  }

  /** Reads it again, for what is known to have changed. What goes wrong is in the state. */
  readonly refetch = (): void => {
    this.#read(this.#source.read).catch(() => undefined)
  }

  /** As `refetch`, where anybody listens. */
  changed(): void {
    if (this.#listeners.size > 0) this.refetch()
  }

  #read(source: () => Promise<ProviderToken>): Promise<ProviderToken> {
    // Who comes while it is read joins: StrictMode's second mount, and every other component.
    this.#reading ??= source()
      .then(unexpired)
      .then(
        (token) => {
          const { accessToken, expiresAt } = token
          this.#settle({ accessToken, expiresAt, loading: false, problem: undefined })
          return token
        },
        (thrown: unknown) => {
          const problem = Problem.from(thrown)
          const { accessToken, expiresAt } = problem.needsUser ? NOTHING : this.snapshot()
          this.#settle({ accessToken, expiresAt, loading: false, problem })
          throw problem
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
    if (this.#state.problem !== undefined) this.refetch()
    this.#wake()
  }

  #plan(): void {
    clearTimeout(this.#timer)
    const moments = [this.#reading === undefined ? this.#due : undefined, this.#state.expiresAt].filter((moment) => moment !== undefined)
    if (moments.length === 0) return
    this.#timer = setTimeout(this.#wake, Math.min(Math.max(Math.min(...moments) - Date.now(), 0), LONGEST_TIMER))
  }

  #start(): void {
    document.addEventListener('visibilitychange', this.#back)
    window.addEventListener('pageshow', this.#back)
    window.addEventListener('online', this.#back)
    this.refetch()
  }

  #stop(): void {
    document.removeEventListener('visibilitychange', this.#back)
    window.removeEventListener('pageshow', this.#back)
    window.removeEventListener('online', this.#back)
    clearTimeout(this.#timer)
    this.#due = undefined
    this.#state = NOTHING
  }
}

function endsWithin(milliseconds: number, expiresAt: number | undefined): boolean {
  return expiresAt !== undefined && expiresAt - Date.now() <= milliseconds
}

/** The server hands out none that has expired: where one comes so, this machine's clock is fast. */
function unexpired(token: ProviderToken): ProviderToken {
  if (token.expiresAt === undefined || token.expiresAt > Date.now()) return token
  throw new Problem('By this device’s clock, the token has expired. Set the clock.', { code: 'CLOCK', retryAfter: 60 })
}

/** When a token in this state is read again; undefined: not by itself. */
function dueAt({ expiresAt, problem }: TokenState): number | undefined {
  const now = Date.now()
  if (problem !== undefined) return problem.retryAfter === undefined ? undefined : now + Math.max(problem.retryAfter * 1000, SHORTEST_PAUSE)
  if (expiresAt === undefined) return undefined
  // Of a short life, a half: a token for a minute is not asked for all the time.
  return now + Math.max(expiresAt - now - MARGIN, (expiresAt - now) / 2, SHORTEST_PAUSE)
}
