import type { OAuthProvider } from '@provider-connections/client'

/** Of this server, or of Hasura where it is a remote schema of it. */
export const GRAPHQL_URL = process.env.NEXT_PUBLIC_GRAPHQL_URL ?? 'http://127.0.0.1:4000/graphql'
/** Of Nhost Auth, with /v1. */
export const NHOST_AUTH_URL = process.env.NEXT_PUBLIC_NHOST_AUTH_URL ?? 'http://127.0.0.1:4001/v1'

/** The providers that are set up at Nhost Auth, in the order in which they are shown. */
export const PROVIDERS: readonly OAuthProvider[] = ['google', 'github', 'spotify']

const NAMES: Partial<Record<OAuthProvider, string>> = { google: 'Google', github: 'GitHub', spotify: 'Spotify' }

export function nameOf(provider: OAuthProvider): string {
  return NAMES[provider] ?? provider
}

/** An address of the provider's API that says whose account it is. The demo simulates it; an app calls the provider's own. */
export function userinfoUrl(provider: OAuthProvider): string {
  return new URL(`/providers/${provider}/userinfo`, NHOST_AUTH_URL).href
}
