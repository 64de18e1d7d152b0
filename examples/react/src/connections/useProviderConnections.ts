import { useContext } from 'react'

import { type ConnectionList, ListOfUser } from './contexts.ts'

/** The user's connections, kept up to date. They hold no access tokens: for one there is `useProviderToken`. */
export function useProviderConnections(): ConnectionList {
  const list = useContext(ListOfUser)
  if (list === undefined) throw new Error('useProviderConnections wants a ConnectionsProvider above it.')
  return list
}
