import { createClient, type ProviderConnectionsClient } from '@provider-connections/client'
import { cookies } from 'next/headers'

import { GRAPHQL_URL } from './config.ts'
import { COOKIE, sessionIn } from './session.ts'

/** For server components, as the user whose request it is; null: nobody is signed in. One for each request, and never shared. */
export async function connectionsOfRequest(): Promise<ProviderConnectionsClient | null> {
  const session = sessionIn((await cookies()).get(COOKIE)?.value)
  return session === null ? null : createClient({ endpoint: GRAPHQL_URL, jwt: session.accessToken })
}
