import type { ApolloClient } from '@apollo/client'

import { AccessTokenDocument, type OAuthProvider, RenewAccessTokenDocument } from '../generated.ts'
import { Problem } from './problem.ts'
import { type ProviderToken, TokenKeeper } from './TokenKeeper.ts'

/** How long a token has to live yet when the server answers it, in seconds. */
const MIN_VALID_FOR = 120

/** One user's access tokens, in memory alone: for each provider one keeper, which all components share. */
export class Tokens {
  readonly #apollo: ApolloClient
  readonly #keepers = new Map<OAuthProvider, TokenKeeper>()

  constructor(apollo: ApolloClient) {
    this.#apollo = apollo
  }

  of(provider: OAuthProvider): TokenKeeper {
    const known = this.#keepers.get(provider)
    if (known !== undefined) return known
    const keeper = new TokenKeeper({ read: () => this.#read(provider), renew: () => this.#renew(provider) })
    this.#keepers.set(provider, keeper)
    return keeper
  }

  /** The connection was made, healed or ended: what is held of it may be wrong. */
  changed(provider: OAuthProvider): void {
    this.#keepers.get(provider)?.changed()
  }

  async #read(provider: OAuthProvider): Promise<ProviderToken> {
    const { data, error } = await this.#apollo.query({
      query: AccessTokenDocument,
      variables: { provider, minValidFor: MIN_VALID_FOR },
      // The cache may be persisted, and is seen by every extension for developers.
      fetchPolicy: 'no-cache',
    })
    if (error !== undefined) throw Problem.from(error)
    return tokenIn(data?.providerConnection)
  }

  async #renew(provider: OAuthProvider): Promise<ProviderToken> {
    const { data } = await this.#apollo.mutate({ mutation: RenewAccessTokenDocument, variables: { provider }, fetchPolicy: 'no-cache' })
    return tokenIn(data?.refreshProviderToken)
  }
}

type Answer = { accessToken: string | null; expiresAt: string | null; refreshable: boolean } | null | undefined

function tokenIn(connection: Answer): ProviderToken {
  if (connection?.accessToken == null) throw new Problem('This provider is not connected.', { code: 'NOT_CONNECTED' })
  const { accessToken, expiresAt, refreshable } = connection
  return { accessToken, expiresAt: expiresAt === null ? undefined : Date.parse(expiresAt), refreshable }
}
