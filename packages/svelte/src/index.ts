import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, Store, TokenKeeper } from '@provider-connections/core'
import { getContext, setContext } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'

export * from '@provider-connections/core'

const CLIENT = Symbol.for('@provider-connections/svelte')

/** In a component, for those below it: in SvelteKit the root layout. */
export function setProviderConnections(client: ProviderConnections): void {
  setContext(CLIENT, client)
}

/** The client of the nearest component that has set one. */
export function useProviderConnectionsClient(): ProviderConnections {
  const client = getContext<ProviderConnections | undefined>(CLIENT)
  if (client === undefined) throw new Error('@provider-connections/svelte needs setProviderConnections(client) in a component above.')
  return client
}

/** Reactive where it is read in a template, a `$derived` or an `$effect`: don't destructure it. */
export interface ProviderConnectionsResult {
  /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
  readonly connections: readonly Connection[]
  readonly loading: boolean
  /** Why the last read failed. */
  readonly error: Failure | null
  /** Whether changes are heard at once, rather than asked for every ten seconds. */
  readonly live: boolean
  refetch: () => Promise<void>
  connect: (provider: OAuthProvider) => Promise<void>
  refresh: (provider: OAuthProvider) => Promise<void>
  disconnect: (provider: OAuthProvider) => Promise<Revocation>
  signInUrl: ProviderConnections['signInUrl']
}

/** The user's connections, kept up to date for as long as something shows them. */
export function useProviderConnections(): ProviderConnectionsResult {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient()
  const read = reader(() => list)
  return {
    get connections() {
      return read().connections
    },
    get loading() {
      return read().loading
    },
    get error() {
      return read().error
    },
    get live() {
      return read().live
    },
    refetch: list.refetch,
    connect,
    refresh,
    disconnect,
    signInUrl,
  }
}

/** Reactive where it is read in a template, a `$derived` or an `$effect`: don't destructure it. */
export interface ProviderTokenResult {
  /** Never one that has expired; null: none is there, or not yet. */
  readonly accessToken: string | null
  /** In milliseconds since 1970; null: no known expiry, or no token. */
  readonly expiresAt: number | null
  readonly loading: boolean
  readonly error: Failure | null
  /** For a call that is made now: right after it, the provider's API will take the token. */
  getToken: TokenKeeper['getToken']
  refetch: () => void
}

/**
 * An access token for the provider's API, replaced before it ends for as long as something shows or uses its state. It is
 * in memory alone; keep it out of storage, addresses and the page. A provider that changes is a function: `() => provider`.
 */
export function useProviderToken(provider: OAuthProvider | (() => OAuthProvider)): ProviderTokenResult {
  const client = useProviderConnectionsClient()
  const keeper = () => client.token(typeof provider === 'function' ? provider() : provider)
  const read = reader(keeper)
  return {
    get accessToken() {
      return read().accessToken
    },
    get expiresAt() {
      return read().expiresAt
    },
    get loading() {
      return read().loading
    },
    get error() {
      return read().error
    },
    getToken: (options) => keeper().getToken(options),
    refetch: () => keeper().refetch(),
  }
}

/** Listens where an effect reads, until the last one that does is gone; on a server it only answers what is there. */
function reader<State>(store: () => Store<State>): () => State {
  const subscribers = new Map<Store<State>, () => void>()
  return () => {
    const now = store()
    const subscribe = subscribers.get(now) ?? createSubscriber((update) => now.subscribe(update))
    subscribers.set(now, subscribe)
    subscribe()
    return globalThis.window === undefined ? now.serverSnapshot() : now.snapshot()
  }
}
