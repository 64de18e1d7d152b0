import { useContext, useSyncExternalStore } from 'react'

import type { OAuthProvider } from '../generated.ts'
import { TokensOfUser } from './contexts.ts'
import type { TokenKeeper, TokenState } from './TokenKeeper.ts'

export interface ProviderTokenResult extends TokenState {
  /** For a call that is made now: right after it, the provider's API will take the token. */
  getToken: TokenKeeper['getToken']
  refetch: () => void
}

/**
 * An access token for the provider's API: fresh at every render, and replaced before it ends, for as long as the component
 * is there. It is in memory alone; keep it out of storage, addresses and the page.
 */
export function useProviderToken(provider: OAuthProvider): ProviderTokenResult {
  const tokens = useContext(TokensOfUser)
  if (tokens === undefined) throw new Error('useProviderToken wants a ConnectionsProvider above it.')
  const { subscribe, snapshot, getToken, refetch } = tokens.of(provider)
  return { ...useSyncExternalStore(subscribe, snapshot), getToken, refetch }
}
