import { createClient } from '@nhost/nhost-js'
import { LocalStorage } from '@nhost/nhost-js/session'
import { createProviderConnections, nhostSession } from '@provider-connections/react'

import { GRAPHQL_URL, NHOST_AUTH_URL } from './config.ts'

/**
 * Nhost's own session, its refresh token included, is in localStorage: it outlives a reload, and all tabs share it. That is
 * nhost-js's default, said here so that it is known; the README tells what speaks against it. No provider's token is there.
 */
export const nhost = createClient({ authUrl: NHOST_AUTH_URL, graphqlUrl: GRAPHQL_URL, storage: new LocalStorage() })

/** One for the app: it notices when another user signs in. */
export const connections = createProviderConnections({ endpoint: GRAPHQL_URL, session: nhostSession(nhost) })

/** Ends the session here, and at Nhost Auth where that can be reached. */
export async function signOut(): Promise<void> {
  const refreshToken = nhost.getUserSession()?.refreshToken
  nhost.clearSession()
  if (refreshToken !== undefined) await nhost.auth.signOut({ refreshToken }).catch(() => undefined)
}
