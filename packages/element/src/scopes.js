/** @import { OAuthProvider } from './providers.js' */
import { isProvider, NAMES } from './providers.js'

/** All that there are. */
export const PROVIDERS = Object.keys(NAMES).filter(isProvider)

/**
 * The attribute that has the scopes which the app needs of a provider: `scopes-google`.
 * @param {OAuthProvider} provider
 */
export const scopesAttribute = (provider) => `scopes-${provider}`

/**
 * The scopes of a list such as `openid email`, each once.
 * @param {string | null} list
 * @returns {string[]}
 */
export const scopesIn = (list) => [...new Set((list ?? '').split(/[\s,]+/).filter((scope) => scope !== ''))]

/**
 * What people can tell a scope by: Google's are addresses that have it at their end.
 * @param {string} scope
 */
export const shortScope = (scope) => scope.replace(/^https?:\/\/.+\/(?=[^/]+$)/, '')
