/** An access token as the server has answered it. */
export interface AccessToken {
  accessToken: string
  /** In milliseconds since 1970; null: no known expiry. */
  expiresAt: number | null
}

export interface Wanted {
  /** How long it has to live yet, in seconds. */
  minValidFor: number
  /** The one that the provider's API has just refused: not this one. */
  refused?: string | undefined
}

/** How tokens are had from the server. */
export interface Source {
  read(): Promise<AccessToken>
  /** Another one, whatever the last one's expiry says. */
  renew(): Promise<AccessToken>
}

interface Held extends AccessToken {
  /** When it was read, in milliseconds since 1970, and how long it had to live then, in milliseconds. */
  readAt: number
  asked: number
  /** Of two, the one with the greater number was asked for later. */
  number: number
}

/** How long one without a known expiry is held, in milliseconds: it may have been revoked, and the server knows. */
const WITHOUT_EXPIRY = 600_000
/** How many are held: a service asks for many users. */
const MOST = 1_000

/**
 * Access tokens in memory, by key: whose they are, and of which provider. One that lives for long enough is answered from
 * here; whoever asks for the same one while it is read, joins.
 */
export class AccessTokens {
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  readonly #reads = new Map<string, Promise<string>>()
  readonly #renewals = new Map<string, Promise<string>>()
  /** Grows with each `forget`: what was asked for before is answered, and not held. */
  #epoch = 0
  /** Grows with each question to the server. */
  #number = 0

  /** `now` in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  async get(key: string, { minValidFor, refused }: Wanted, source: Source): Promise<string> {
    // What a renewal brings is newer than what is held, and than what a read would bring.
    const renewal = this.#renewals.get(key)
    if (renewal !== undefined) return await renewal
    const held = this.#good(key, minValidFor, refused)
    if (held !== undefined) return held
    const read = await join(this.#reads, `${key} ${minValidFor}`, () => this.#keep(key, minValidFor, source.read()))
    if (read !== refused) return read
    // Who asked for another lifetime may have had it renewed meanwhile.
    const renewed = this.#good(key, minValidFor, refused)
    if (renewed !== undefined) return renewed
    return await join(this.#renewals, key, () => this.#keep(key, minValidFor, source.renew()))
  }

  /** Those whose key begins so; all where it is left out. */
  forget(beginning = ''): void {
    this.#epoch += 1
    for (const map of [this.#held, this.#reads, this.#renewals]) {
      for (const key of map.keys()) if (key.startsWith(beginning)) map.delete(key)
    }
  }

  /** The one that is held, where it will do. */
  #good(key: string, minValidFor: number, refused: string | undefined): string | undefined {
    const held = this.#held.get(key)
    return held !== undefined && held.accessToken !== refused && isGood(held, minValidFor * 1000, this.#now()) ? held.accessToken : undefined
  }

  async #keep(key: string, minValidFor: number, answer: Promise<AccessToken>): Promise<string> {
    const epoch = this.#epoch
    const number = (this.#number += 1)
    const { accessToken, expiresAt } = await answer
    const newest = number > (this.#held.get(key)?.number ?? 0)
    if (epoch === this.#epoch && newest) this.#hold(key, { accessToken, expiresAt, readAt: this.#now(), asked: minValidFor * 1000, number })
    return accessToken
  }

  #hold(key: string, held: Held): void {
    // The one that was held longest goes first.
    this.#held.delete(key)
    this.#held.set(key, held)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MOST && oldest !== undefined) this.#held.delete(oldest)
  }
}

/** Whether it lives for as long as is wanted, in milliseconds, or the server could only answer the same one again. */
function isGood({ expiresAt, readAt, asked }: Held, wanted: number, now: number): boolean {
  if (expiresAt === null) return now - readAt < WITHOUT_EXPIRY
  if (expiresAt - now >= wanted) return true
  // The provider makes none live longer: for half its life, it is not asked for at every call.
  const life = expiresAt - readAt
  return life < asked && wanted >= asked && expiresAt - now > life / 2
}

/** What is under way for this key, or else what `ask` begins. */
function join(flights: Map<string, Promise<string>>, key: string, ask: () => Promise<string>): Promise<string> {
  const joined = flights.get(key)
  if (joined !== undefined) return joined
  const flight = ask().finally(() => {
    if (flights.get(key) === flight) flights.delete(key)
  })
  flights.set(key, flight)
  return flight
}
