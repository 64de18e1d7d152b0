import { errorOf } from '../../client/src/errorOf.ts'
import { notConnectedMessage } from '../../client/src/messages.ts'
import { Failure } from '../../element/src/failure.js'
import { field, list, moment, text } from '../../element/src/json.js'
import { placeOf } from './answers.ts'
import type { Asker } from './asker.ts'
import { documents } from './documents.ts'
import { failureOf } from './failures.ts'
import { type ProviderToken, TokenKeeper } from './keeper.ts'
import type { OAuthProvider } from './types.ts'

/** How long a token has to live yet when the server answers it, in seconds. */
const MIN_VALID_FOR = 120
/** What fails whatever is asked for: asking for each provider alone would fail as well. */
const OF_THE_WHOLE = ['OFFLINE', 'SIGNED_OUT', 'SESSION_ENDED', 'USER_CHANGED', 'UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'INTERNAL']

interface Waiting {
  resolve: (token: ProviderToken) => void
  reject: (failure: Failure) => void
}

/** One user's access tokens, in memory alone: for each provider one keeper, which all components share. */
export class Tokens {
  readonly #asker: Asker
  readonly #retain: () => () => void
  readonly #keepers = new Map<OAuthProvider, TokenKeeper>()
  /** Who waits for the request of this tick. */
  #waiting = new Map<OAuthProvider, Waiting[]>()

  constructor(asker: Asker, retain: () => () => void) {
    this.#asker = asker
    this.#retain = retain
  }

  of(provider: OAuthProvider): TokenKeeper {
    const known = this.#keepers.get(provider)
    if (known !== undefined) return known
    const keeper = new TokenKeeper({ read: () => this.#read(provider), renew: () => this.#renew(provider), follow: () => this.#asker.follow(), retain: this.#retain })
    this.#keepers.set(provider, keeper)
    return keeper
  }

  /** The connection was made, healed or ended: what is held of it may be wrong. */
  changed(provider: OAuthProvider): void {
    this.#keepers.get(provider)?.changed()
  }

  /** As that of a keeper. */
  forget(): void {
    for (const keeper of this.#keepers.values()) keeper.forget()
  }

  restart(): void {
    for (const keeper of this.#keepers.values()) keeper.restart()
  }

  /** Reads of one tick are one request: a page with ten components asks once. */
  #read(provider: OAuthProvider): Promise<ProviderToken> {
    if (this.#waiting.size === 0) queueMicrotask(() => void this.#flush())
    return new Promise((resolve, reject) => {
      this.#waiting.set(provider, [...(this.#waiting.get(provider) ?? []), { resolve, reject }])
    })
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = new Map()
    const providers = [...waiting.keys()]
    const results = await this.#ask(providers)
    for (const [provider, all] of waiting) {
      const result = results.get(provider) ?? notConnected(provider)
      for (const { resolve, reject } of all) {
        if (result instanceof Failure) reject(result)
        else resolve(result)
      }
    }
  }

  async #ask(providers: OAuthProvider[]): Promise<Map<OAuthProvider, ProviderToken | Failure>> {
    try {
      const { data, errors } = await this.#asker.ask(documents.tokens, { providers, minValidFor: MIN_VALID_FOR })
      const found = list(field(data, 'providerConnections'))
      return new Map(
        providers.map((provider) => {
          const place = found.findIndex((one) => field(one, 'provider') === provider)
          return [provider, place < 0 ? notConnected(provider) : tokenOf(found[place], provider, errors.find((error) => placeOf(error) === place))]
        }),
      )
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (providers.length === 1 || OF_THE_WHOLE.includes(failure.code)) return new Map(providers.map((provider) => [provider, failure]))
      // Hasura passes on the errors alone: which token has failed, and what the others are, each says for itself.
      const alone = await Promise.all(providers.map(async (provider) => [...(await this.#ask([provider]))]))
      return new Map(alone.flat())
    }
  }

  async #renew(provider: OAuthProvider): Promise<ProviderToken> {
    const { data, errors } = await this.#asker.ask(documents.renew, { provider })
    const result = tokenOf(field(data, 'refreshProviderToken'), provider, errors[0])
    if (result instanceof Failure) throw result
    return result
  }
}

function notConnected(provider: OAuthProvider): Failure {
  return errorOf('NOT_CONNECTED', notConnectedMessage(provider), { provider })
}

function tokenOf(connection: unknown, provider: OAuthProvider, error: Failure | undefined): ProviderToken | Failure {
  const accessToken = text(field(connection, 'accessToken'))
  if (accessToken === null) return error ?? notConnected(provider)
  return { accessToken, expiresAt: moment(field(connection, 'expiresAt')), refreshable: field(connection, 'refreshable') === true }
}
