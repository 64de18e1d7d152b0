import { useQuery, useSubscription } from '@apollo/client/react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import { type ConnectionFragment, ProviderConnectionChangedDocument, ProviderConnectionsDocument } from '../generated.ts'
import type { GraphQL } from './apollo.ts'
import type { ConnectionList } from './contexts.ts'
import { Problem } from './problem.ts'
import type { Tokens } from './tokens.ts'

/** How often the list is read where changes can't be heard, in milliseconds. */
const POLL_INTERVAL = 10_000

const NONE: ConnectionFragment[] = []

/** The list, read again as soon as the server tells of a change, or every ten seconds where it can't. */
export function useWatchedConnections(socket: GraphQL['socket'], tokens: Tokens): ConnectionList {
  const [live, setLive] = useState(false)
  const query = useQuery(ProviderConnectionsDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: live ? 0 : POLL_INTERVAL,
    skipPollAttempt: () => document.visibilityState === 'hidden',
  })
  const { data, error } = query
  const read = query.refetch
  // What fails is in `error`.
  const refetch = useCallback(async () => void (await read().catch(() => undefined)), [read])

  useSubscription(ProviderConnectionChangedDocument, {
    // The first message of each stream says that something may have been missed: what came before is read, too.
    onData: () => {
      setLive(true)
      void refetch()
    },
    // A gateway that has no subscriptions, say.
    onError: () => setLive(false),
    ignoreResults: true,
    fetchPolicy: 'no-cache',
  })
  useEffect(() => socket.on('closed', () => setLive(false)), [socket])

  useEffect(() => {
    const back = () => {
      if (document.visibilityState === 'visible') void refetch()
    }
    document.addEventListener('visibilitychange', back)
    window.addEventListener('online', back)
    return () => {
      document.removeEventListener('visibilitychange', back)
      window.removeEventListener('online', back)
    }
  }, [refetch])

  const connections = data?.providerConnections ?? NONE
  useTokensFollow(data?.providerConnections, tokens)
  return useMemo(
    () => ({
      connections,
      loading: data === undefined && error === undefined,
      problem: error === undefined ? undefined : Problem.from(error),
      live,
      refetch,
    }),
    [connections, data, error, live, refetch],
  )
}

/** A connection that was made, healed or ended elsewhere: its token is read again at once. */
function useTokensFollow(connections: ConnectionFragment[] | undefined, tokens: Tokens): void {
  const before = useRef<ConnectionFragment[]>(undefined)
  useEffect(() => {
    if (connections === undefined) return
    const known = before.current
    before.current = connections
    if (known === undefined) return
    for (const provider of new Set([...known, ...connections].map((each) => each.provider))) {
      if (told(known, provider) !== told(connections, provider)) tokens.changed(provider)
    }
  }, [connections, tokens])
}

function told(connections: ConnectionFragment[], provider: string): string {
  const connection = connections.find((each) => each.provider === provider)
  return connection === undefined ? '' : `${connection.id} ${connection.connectedAt} ${connection.status}`
}
