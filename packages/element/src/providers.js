/** The providers, by Nhost's own ids, and the names that people know them by. */
export const NAMES = {
  apple: 'Apple',
  azuread: 'Azure AD',
  bitbucket: 'Bitbucket',
  discord: 'Discord',
  entraid: 'Microsoft Entra ID',
  facebook: 'Facebook',
  github: 'GitHub',
  gitlab: 'GitLab',
  google: 'Google',
  linkedin: 'LinkedIn',
  spotify: 'Spotify',
  strava: 'Strava',
  twitch: 'Twitch',
  twitter: 'Twitter',
  windowslive: 'Microsoft',
  workos: 'WorkOS',
}

/** @typedef {keyof typeof NAMES} OAuthProvider An OAuth provider, by Nhost's own id. */

/**
 * @param {unknown} value
 * @returns {value is OAuthProvider}
 */
export const isProvider = (value) => typeof value === 'string' && Object.hasOwn(NAMES, value)

/** @param {OAuthProvider} provider */
export const nameOf = (provider) => NAMES[provider]

/**
 * The providers of a list such as `google, github`, each once; what is no provider is left out.
 * @param {string | null} list
 * @returns {OAuthProvider[]}
 */
export const listed = (list) => [...new Set((list ?? '').split(/[\s,]+/).filter(isProvider))]
