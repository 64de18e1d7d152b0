import { ApolloProvider } from '@apollo/client/react'
import type { NhostClient } from '@nhost/nhost-js'
import { type ReactNode, useState } from 'react'

import { createGraphQL, type GraphQL } from './apollo.ts'
import { ListOfUser, TokensOfUser } from './contexts.ts'
import { Tokens } from './tokens.ts'
import { useWatchedConnections } from './useWatchedConnections.ts'

interface Props {
  nhost: NhostClient
  graphqlUrl: string
  children: ReactNode
}

/**
 * The connections of the user who is signed in, for the hooks below it. Give it the user's id as its `key`: another user
 * gets another cache, another WebSocket and other tokens.
 */
export function ConnectionsProvider({ nhost, graphqlUrl, children }: Props) {
  const [{ graphql, tokens }] = useState(() => {
    const graphql = createGraphQL(nhost, graphqlUrl)
    return { graphql, tokens: new Tokens(graphql.apollo) }
  })
  return (
    <ApolloProvider client={graphql.apollo}>
      <TokensOfUser value={tokens}>
        <Watched socket={graphql.socket} tokens={tokens}>
          {children}
        </Watched>
      </TokensOfUser>
    </ApolloProvider>
  )
}

/** Here, and not in the hook that components call: however many there are, the list is asked for once. */
function Watched({ socket, tokens, children }: { socket: GraphQL['socket']; tokens: Tokens; children: ReactNode }) {
  return <ListOfUser value={useWatchedConnections(socket, tokens)}>{children}</ListOfUser>
}
