import { createClient, type NhostClient } from '@nhost/nhost-js'
import { CookieStorage } from '@nhost/nhost-js/session'
import { beginSignIn, type OAuthProvider } from '@provider-connections/react'

import { GRAPHQL_URL, NHOST_AUTH_URL } from './config.ts'

let made: NhostClient | undefined

/** The session of this browser, in a cookie that the server reads as well. For effects and clicks: a server has no such cookie. */
export function nhost(): NhostClient {
  made ??= createClient({ authUrl: NHOST_AUTH_URL, graphqlUrl: GRAPHQL_URL, storage: new CookieStorage({ secure: location.protocol === 'https:' }) })
  return made
}

/**
 * Leaves the page to sign in with a provider, or, for who is signed in, to link one more account. This tab remembers that it
 * has begun. A sign-in comes back with a code that is worth nothing without this tab (PKCE), since a server's logs have it.
 */
export async function leaveFor(provider: OAuthProvider): Promise<void> {
  const { redirectTo, state, codeChallenge } = await beginSignIn(provider)
  // The consent at the provider may take minutes, and Nhost Auth checks the JWT after it.
  const session = await nhost().refreshSession(300)
  const who = session !== null ? { connect: session.accessToken } : codeChallenge !== null ? { codeChallenge } : {}
  location.assign(nhost().auth.signInProviderURL(provider, { redirectTo, state, ...who }))
}

/** Leaves the page to sign in again with a provider that is connected. */
export async function signInAgain(provider: OAuthProvider): Promise<void> {
  const { redirectTo, state, codeChallenge } = await beginSignIn(provider)
  location.assign(nhost().auth.signInProviderURL(provider, { redirectTo, state, ...(codeChallenge !== null ? { codeChallenge } : {}) }))
}

/** Ends the session here, and at Nhost Auth where that can be reached. */
export async function signOut(): Promise<void> {
  const refreshToken = nhost().getUserSession()?.refreshToken
  nhost().clearSession()
  if (refreshToken !== undefined) await nhost().auth.signOut({ refreshToken }).catch(() => undefined)
}
