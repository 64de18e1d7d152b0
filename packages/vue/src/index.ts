import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, Store, TokenKeeper } from '@provider-connections/core'
import {
  computed,
  type ComputedRef,
  getCurrentInstance,
  inject,
  type InjectionKey,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  type Plugin,
  provide,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from 'vue'

export * from '@provider-connections/core'

const CLIENT: InjectionKey<ProviderConnections> = Symbol('@provider-connections/vue')

/** `app.use(providerConnectionsPlugin(client))`: one client for the app. */
export function providerConnectionsPlugin(client: ProviderConnections): Plugin {
  return { install: (app) => void app.provide(CLIENT, client) }
}

/** In a component, for those below it. */
export function provideProviderConnections(client: ProviderConnections): void {
  provide(CLIENT, client)
}

/** The client of the plugin, or of the nearest component that provides one. */
export function useProviderConnectionsClient(): ProviderConnections {
  const client = inject(CLIENT, null)
  if (client === null) throw new Error('The composables of @provider-connections/vue need app.use(providerConnectionsPlugin(client)).')
  return client
}

export interface ProviderConnectionsResult {
  /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
  connections: ComputedRef<readonly Connection[]>
  loading: ComputedRef<boolean>
  /** Why the last read failed. */
  error: ComputedRef<Failure | null>
  /** Whether changes are heard at once, rather than asked for every ten seconds. */
  live: ComputedRef<boolean>
  refetch: () => Promise<void>
  connect: (provider: OAuthProvider) => Promise<void>
  refresh: (provider: OAuthProvider) => Promise<void>
  disconnect: (provider: OAuthProvider) => Promise<Revocation>
  signInUrl: ProviderConnections['signInUrl']
}

/** The user's connections, kept up to date for as long as the component is there. */
export function useProviderConnections(): ProviderConnectionsResult {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient()
  const state = useStore(() => list)
  return {
    connections: computed(() => state.value.connections),
    loading: computed(() => state.value.loading),
    error: computed(() => state.value.error),
    live: computed(() => state.value.live),
    refetch: list.refetch,
    connect,
    refresh,
    disconnect,
    signInUrl,
  }
}

export interface ProviderTokenResult {
  /** Never one that has expired; null: none is there, or not yet. */
  accessToken: ComputedRef<string | null>
  /** In milliseconds since 1970; null: no known expiry, or no token. */
  expiresAt: ComputedRef<number | null>
  loading: ComputedRef<boolean>
  error: ComputedRef<Failure | null>
  /** For a call that is made now: right after it, the provider's API will take the token. */
  getToken: TokenKeeper['getToken']
  refetch: () => void
}

/**
 * An access token for the provider's API, replaced before it ends for as long as the component is there. It is in memory
 * alone; keep it out of storage, addresses and the page.
 */
export function useProviderToken(provider: MaybeRefOrGetter<OAuthProvider>): ProviderTokenResult {
  const client = useProviderConnectionsClient()
  const keeper = () => client.token(toValue(provider))
  const state = useStore(keeper)
  return {
    accessToken: computed(() => state.value.accessToken),
    expiresAt: computed(() => state.value.expiresAt),
    loading: computed(() => state.value.loading),
    error: computed(() => state.value.error),
    getToken: (options) => keeper().getToken(options),
    refetch: () => keeper().refetch(),
  }
}

/** Shows first what a server shows, so that hydration finds no difference; nothing is listened to on a server. */
function useStore<State>(store: () => Store<State>): ComputedRef<State> {
  const state: ShallowRef<State> = shallowRef(store().serverSnapshot())
  let unsubscribe = () => {}
  const follow = (now: Store<State>) => {
    unsubscribe()
    unsubscribe = now.subscribe(() => (state.value = now.snapshot()))
    state.value = now.snapshot()
  }
  const start = () => void watch(store, follow, { immediate: true, flush: 'sync' })
  if (getCurrentInstance() !== null) onMounted(start)
  else if (globalThis.window !== undefined) start()
  onScopeDispose(() => unsubscribe())
  return computed(() => state.value)
}
