import type { NhostClient } from '@nhost/nhost-js'
import { isProvider, type OAuthProvider } from '@provider-connections/react'

/** In the address that a sign-in returns to: which provider it was. */
const MARKER = 'connected'
/** What Nhost Auth adds to that address. */
const ADDED = ['refreshToken', 'type', 'error', 'errorDescription', 'provider_error', 'provider_error_description', 'provider_error_url']

/** What a provider has to be asked for, to hand out a refresh token at all: docs/providers.md. */
const ASKED: Partial<Record<OAuthProvider, Record<string, string>>> = { google: { access_type: 'offline', prompt: 'consent' } }

/** Where the button "Sign in with …" leads, when nobody is signed in. */
export function signInUrl(nhost: NhostClient, provider: OAuthProvider): string {
  return leadingBack(nhost.auth.signInProviderURL(provider), provider)
}

/**
 * Where the button "Connect …" leads: it links one more account to the user who is signed in, where a sign-in might end in
 * another user. An account that is linked already is refused; for that one there is `signInAgainUrl`. The JWT is in this
 * address, as Nhost Auth wants it: go there at once, and don't put it into a link.
 */
export async function linkUrl(nhost: NhostClient, provider: OAuthProvider): Promise<string> {
  const session = await nhost.refreshSession()
  if (session === null) return signInUrl(nhost, provider)
  return leadingBack(nhost.auth.signInProviderURL(provider, { connect: session.accessToken }), provider)
}

/** Where the link "Sign in again" leads, of a connection or of a `Failure`. */
export function signInAgainUrl(reauthenticationUrl: string, provider: OAuthProvider): string {
  return leadingBack(reauthenticationUrl, provider)
}

/** What an address says that a sign-in has returned to. */
export interface Return {
  /** undefined: signed in by other means than this app's buttons; there is a session to take, but nothing to connect. */
  provider: OAuthProvider | undefined
  /** Nhost's, good for one exchange; undefined: an account was linked to who is signed in. */
  refreshToken: string | undefined
  /** Nhost Auth's code for what went wrong. */
  error: string | undefined
}

/** undefined: no sign-in has returned here. */
export function returnIn(href: string): Return | undefined {
  const parameters = new URL(href).searchParams
  const marker = parameters.get(MARKER)
  const provider = isProvider(marker) ? marker : undefined
  const refreshToken = parameters.get('refreshToken') ?? undefined
  const error = parameters.get('error') ?? undefined
  return provider === undefined && refreshToken === undefined ? undefined : { provider, refreshToken, error }
}

/** The same page without what a sign-in has left in its address. */
export function withoutReturn(href: string): string {
  const url = new URL(href)
  for (const name of [MARKER, ...ADDED]) url.searchParams.delete(name)
  return url.href
}

function leadingBack(signIn: string, provider: OAuthProvider): string {
  const url = new URL(signIn)
  for (const [name, value] of Object.entries(ASKED[provider] ?? {})) url.searchParams.set(`upstreamParams[${name}]`, value)
  const back = new URL(withoutReturn(location.href))
  back.searchParams.set(MARKER, provider)
  url.searchParams.set('redirectTo', back.href)
  return url.href
}
