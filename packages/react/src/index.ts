import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, Store, TokenKeeper, TokenState } from '@provider-connections/core'
import { createContext, createElement, type FunctionComponent, type ReactNode, useContext, useSyncExternalStore } from 'react'

// By name: Next.js takes no `export *` from a module that begins with 'use client'.
export type * from '@provider-connections/core'
export {
  AccountMismatchError,
  AccountUnverifiedError,
  BadRequestError,
  BadUserInputError,
  beginSignIn,
  callApi,
  CallError,
  createProviderConnections,
  documents,
  endsSoon,
  errorClasses,
  Failure,
  ForbiddenError,
  GraphQLParseError,
  GraphQLValidationError,
  ImportRefusedError,
  InsufficientScopeError,
  InternalError,
  isProvider,
  MethodNotAllowedError,
  MisdirectedRequestError,
  needsUser,
  nhostSession,
  NotConnectedError,
  NotFoundError,
  NotRefreshableError,
  OfflineError,
  OperatorError,
  PayloadTooLargeError,
  PersistedQueryNotFoundError,
  PersistedQueryNotSupportedError,
  ProviderConnections,
  ProviderConnectionsError,
  ProviderNotEnabledError,
  ProviderSessionNotFoundError,
  QueryTooComplexError,
  RateLimitedError,
  ReauthenticationRequiredError,
  RetryLaterError,
  ScopeNotConfiguredError,
  SignInAgainError,
  takeSignIn,
  TokenUnreadableError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UpstreamUnavailableError,
  UserChangedError,
} from '@provider-connections/core'

const Client = createContext<ProviderConnections | null>(null)

export interface ProviderConnectionsProviderProps {
  /** Of `createProviderConnections`: one for the app. */
  client: ProviderConnections
  children?: ReactNode
}

/** Above the components that use the hooks. */
export const ProviderConnectionsProvider: FunctionComponent<ProviderConnectionsProviderProps> = ({ client, children }) =>
  createElement(Client.Provider, { value: client }, children)

/** The client of the nearest `ProviderConnectionsProvider`. */
export function useProviderConnectionsClient(): ProviderConnections {
  const client = useContext(Client)
  if (client === null) throw new Error('The hooks of @provider-connections/react need a ProviderConnectionsProvider above them.')
  return client
}

export interface HookOptions {
  /**
   * Lets the nearest Suspense boundary wait for the first answer. On a server, and in the render that hydrates what it
   * has sent, nothing waits: `loading` is true there.
   */
  suspense?: boolean
}

export interface ProviderConnectionsResult {
  /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
  connections: readonly Connection[]
  loading: boolean
  /** Why the last read failed. */
  error: Failure | null
  /** Whether changes are heard at once, rather than asked for every ten seconds. */
  live: boolean
  refetch: () => Promise<void>
  connect: (provider: OAuthProvider) => Promise<void>
  refresh: (provider: OAuthProvider) => Promise<void>
  disconnect: (provider: OAuthProvider) => Promise<Revocation>
  signInUrl: ProviderConnections['signInUrl']
}

/** The user's connections, kept up to date for as long as the component is there. */
export function useProviderConnections(options: HookOptions = {}): ProviderConnectionsResult {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient()
  return { ...useStore(list, options), refetch: list.refetch, connect, refresh, disconnect, signInUrl }
}

export interface ProviderTokenResult extends TokenState {
  /** For a call that is made now: right after it, the provider's API will take the token. */
  getToken: TokenKeeper['getToken']
  refetch: () => void
}

/**
 * An access token for the provider's API: fresh at every render, and replaced before it ends, for as long as the component
 * is there. It is in memory alone; keep it out of storage, addresses and the page.
 */
export function useProviderToken(provider: OAuthProvider, options: HookOptions = {}): ProviderTokenResult {
  const keeper = useProviderConnectionsClient().token(provider)
  return { ...useStore(keeper, options), getToken: keeper.getToken, refetch: keeper.refetch }
}

function useStore<State extends { loading: boolean }>(store: Store<State>, { suspense = false }: HookOptions): State {
  const hydrated = useSyncExternalStore(never, isHydrated, isServed)
  const state = useSyncExternalStore(store.subscribe, store.snapshot, store.serverSnapshot)
  // React 18 has no `use`; both versions wait for a promise that is thrown.
  if (suspense && hydrated && state.loading) throw store.loaded()
  return state
}

const never = () => () => undefined
const isHydrated = () => true
const isServed = () => false
