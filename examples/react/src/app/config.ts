import type { OAuthProvider } from '@provider-connections/react'

const env: Record<string, string | undefined> = import.meta.env

/** Of this server, or of Hasura where it is a remote schema of it. */
export const GRAPHQL_URL = env['VITE_GRAPHQL_URL'] ?? 'http://127.0.0.1:4000/graphql'
/** Of Nhost Auth, with /v1. */
export const NHOST_AUTH_URL = env['VITE_NHOST_AUTH_URL'] ?? 'http://127.0.0.1:4001/v1'
/** Where the providers are simulated. An app calls each provider's own API instead. */
const SIMULATED_APIS = env['VITE_SIMULATED_APIS'] ?? new URL('/providers', NHOST_AUTH_URL).href

/** The providers that are set up at Nhost Auth, in the order in which they are shown. */
export const PROVIDERS: readonly OAuthProvider[] = ['google', 'github', 'spotify']

export const NAMES: Partial<Record<OAuthProvider, string>> = { google: 'Google', github: 'GitHub', spotify: 'Spotify' }

export function nameOf(provider: OAuthProvider): string {
  return NAMES[provider] ?? provider
}

/** An address of the provider's API that says whose account it is. */
export function userinfoUrl(provider: OAuthProvider): string {
  return `${SIMULATED_APIS}/${provider}/userinfo`
}
