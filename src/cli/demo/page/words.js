// What the page calls things.

/**
 * Nhost's ids, and the names that people know. Those that are shown at first come first: not Spotify,
 * which the demo's user has linked already, for the lines of curl, and which can't be linked again.
 */
const NAMES = new Map([
  ['google', 'Google'],
  ['github', 'GitHub'],
  ['gitlab', 'GitLab'],
  ['discord', 'Discord'],
  ['apple', 'Apple'],
  ['azuread', 'Azure AD'],
  ['bitbucket', 'Bitbucket'],
  ['entraid', 'Entra ID'],
  ['facebook', 'Facebook'],
  ['linkedin', 'LinkedIn'],
  ['spotify', 'Spotify'],
  ['strava', 'Strava'],
  ['twitch', 'Twitch'],
  ['twitter', 'Twitter'],
  ['windowslive', 'Microsoft'],
  ['workos', 'WorkOS'],
])

export const ALL_PROVIDERS = [...NAMES.keys()]
export const FIRST_PROVIDERS = ALL_PROVIDERS.slice(0, 4)

/** @param {string} provider */
export const nameOf = (provider) => NAMES.get(provider) ?? provider

/**
 * The calls that the simulator sees, with who makes them.
 * @type {Map<string, { by: 'Browser' | 'Server', words: string }>}
 */
const CALLS = new Map([
  ['signin', { by: 'Browser', words: 'starts a sign-in' }],
  ['signinCallback', { by: 'Browser', words: 'is back from the consent page' }],
  ['token', { by: 'Browser', words: 'gets a JWT of the app’s user' }],
  ['userinfo', { by: 'Browser', words: 'or the server uses the access token' }],
  ['providerTokens', { by: 'Server', words: 'fetches the tokens, once' }],
  ['refreshProviderToken', { by: 'Server', words: 'refreshes the access token' }],
  ['providerToken', { by: 'Server', words: 'refreshes at the provider itself' }],
  ['providerRevoke', { by: 'Server', words: 'ends the grant' }],
  ['pat', { by: 'Server', words: 'signs in for itself' }],
  ['jwks', { by: 'Server', words: 'fetches the public keys' }],
  ['healthz', { by: 'Server', words: 'looks whether Nhost Auth is up' }],
  ['jwtCheck', { by: 'Server', words: 'looks whether its own JWT is taken' }],
])

/** @param {string} endpoint */
export const callOf = (endpoint) => CALLS.get(endpoint) ?? { by: 'Browser', words: endpoint }

/** "1:02:09"; days where there are many. @param {number} milliseconds */
export function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000)
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** "23:45", or "23:45:10". @param {Date | number | string} time @param {boolean} [seconds] */
export const timeOfDay = (time, seconds = false) =>
  new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(seconds && { second: '2-digit' }) })

/** All of a token that this page shows of it. @param {string} token */
export const ending = (token) => `…${token.slice(-4)}`
