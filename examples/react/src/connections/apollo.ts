import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { ErrorLink } from '@apollo/client/link/error'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import type { NhostClient } from '@nhost/nhost-js'
import { type Client as Socket, createClient as createSocket } from 'graphql-ws'
import { defer, switchMap } from 'rxjs'

import { Problem } from './problem.ts'

/** The longest pause between two attempts to open the WebSocket, in milliseconds. */
const LONGEST_PAUSE = 60_000

export interface GraphQL {
  apollo: ApolloClient
  /** Opened by the first subscription, and closed with the last. */
  socket: Socket
}

/**
 * For one user: another user gets another client, so that nothing of the first one is left in its cache. The cache is in
 * memory; if you persist it, no access token gets into it: see tokens.ts.
 */
export function createGraphQL(nhost: NhostClient, graphqlUrl: string): GraphQL {
  const socket = createSocket({
    url: graphqlUrl.replace(/^http/, 'ws'),
    connectionParams: async () => await authorization(nhost),
    // The server closes it when the JWT ends; the next connection brings a new one.
    retryAttempts: Infinity,
    retryWait: async (retries) => {
      const longest = Math.min(1000 * 2 ** retries, LONGEST_PAUSE)
      await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)))
    },
  })
  const authorized = new SetContextLink(async () => ({ headers: await authorization(nhost) }))
  const http = ApolloLink.from([renewal(nhost), authorized, new HttpLink({ uri: graphqlUrl })])
  const link = ApolloLink.split(({ operationType }) => operationType === 'subscription', new GraphQLWsLink(socket), http)
  return { apollo: new ApolloClient({ link, cache: new InMemoryCache() }), socket }
}

async function authorization(nhost: NhostClient): Promise<Record<string, string>> {
  const session = await nhost.refreshSession()
  return session === null ? {} : { authorization: `Bearer ${session.accessToken}` }
}

/** nhost-js renews the session in time by this machine's clock, which may be slow: one more try with a new JWT. */
function renewal(nhost: NhostClient): ApolloLink {
  return new ErrorLink(({ error, operation, forward }) => {
    if (Problem.from(error).reason !== 'jwt-expired' || operation.getContext()['renewed'] === true) return undefined
    operation.setContext({ renewed: true })
    return defer(() => nhost.refreshSession(0)).pipe(switchMap(() => forward(operation)))
  })
}
