'use client'

import { type Connection, createProviderConnections, nhostSession, ProviderConnectionsProvider } from '@provider-connections/react'
import { type ReactNode, useState } from 'react'

import { nhost } from '../lib/browser.ts'
import { GRAPHQL_URL } from '../lib/config.ts'

interface Props {
  /** What the server has read for this request. */
  initial: readonly Connection[] | undefined
  children: ReactNode
}

/**
 * The client of the hooks, in the component's state: on the server one for each request, since it holds what is one user's.
 */
export function Connections({ initial, children }: Props) {
  const [client] = useState(() => {
    // A server that renders asks for nothing here.
    const session = typeof document === 'undefined' ? { jwt: null } : nhostSession(nhost())
    return createProviderConnections({ endpoint: GRAPHQL_URL, session, ...(initial === undefined ? {} : { initial }) })
  })
  return <ProviderConnectionsProvider client={client}>{children}</ProviderConnectionsProvider>
}
