import type { NhostClient } from '@nhost/nhost-js'
import { beginSignIn, type OAuthProvider } from '@provider-connections/react'

/** What a provider has to be asked for, to hand out a refresh token at all: docs/providers.md. */
const ASKED: Partial<Record<OAuthProvider, Record<string, string>>> = { google: { access_type: 'offline', prompt: 'consent' } }

// Each of these begins a sign-in, which this tab then remembers: call them when the button is clicked, and go there at once.

/** Where the button "Sign in with …" leads, when nobody is signed in. */
export async function signInUrl(nhost: NhostClient, provider: OAuthProvider): Promise<string> {
  return await leadingBack(nhost.auth.signInProviderURL(provider), provider)
}

/**
 * Where the button "Connect …" leads: it links one more account to the user who is signed in, where a sign-in might end in
 * another user. An account that is linked already is refused; for that one there is `signInAgainUrl`. The JWT is in this
 * address, as Nhost Auth wants it: don't put it into a link.
 */
export async function linkUrl(nhost: NhostClient, provider: OAuthProvider): Promise<string> {
  const session = await nhost.refreshSession()
  if (session === null) return await signInUrl(nhost, provider)
  return await leadingBack(nhost.auth.signInProviderURL(provider, { connect: session.accessToken }), provider)
}

/** Where the button "Sign in again" leads, of a connection or of a `Failure`. */
export async function signInAgainUrl(reauthenticationUrl: string, provider: OAuthProvider): Promise<string> {
  return await leadingBack(reauthenticationUrl, provider)
}

/** Back to this page, with the `state` that ties the sign-in to this tab: see `useConnectOnReturn`. */
async function leadingBack(signIn: string, provider: OAuthProvider): Promise<string> {
  const url = new URL(signIn)
  for (const [name, value] of Object.entries(ASKED[provider] ?? {})) url.searchParams.set(`upstreamParams[${name}]`, value)
  const { redirectTo, state } = await beginSignIn(provider)
  url.searchParams.set('redirectTo', redirectTo)
  url.searchParams.set('state', state)
  return url.href
}
