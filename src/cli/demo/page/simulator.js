import { json, post, send } from './requests.js'
import { WHO } from './words.js'

/** @typedef {{ at: string, endpoint: string, provider: string | null, status: number | null }} Call */
/** What the provider knows about a grant. It contains tokens, too, which are not read. */
/** @typedef {{ alive: boolean, revokedReason: string | null, generation: number, accessTokenExpiresAt: string | null }} Grant */

/** @param {string} name */
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? ''
const origin = meta('simulator')

/** Which run of the demo has made this page: the next one has other users. */
export const demoRun = meta('run')

/** The simulated Nhost Auth. */
export const nhostAuth = `${origin}/v1`

/** @param {string} path @param {unknown} [body] */
const control = (path, body) => json(WHO.simulator, `${origin}/control/${path}`, body === undefined ? {} : post(body))

/** How far the simulated clock is ahead of this browser's, in milliseconds. */
let ahead = 0

/** The simulated time, in milliseconds: the server, Nhost Auth and the providers live by it. */
export const now = () => Date.now() + ahead

/** How often this page has put the clock forward. */
let advances = 0

/** @param {{ now: string }} answer */
function setClock(answer) {
  ahead = Date.parse(answer.now) - Date.now()
}

export const simulator = {
  async readClock() {
    const before = advances
    const answer = await control('clock')
    // Read before the clock was put forward, it would put it back.
    if (advances === before) setClock(answer)
  },
  /** @param {number} seconds */
  async advance(seconds) {
    const answer = await control('clock/advance', { seconds })
    advances += 1
    setClock(answer)
  },

  /** A user, new or known, with a JWT. @param {string} email @returns {Promise<{ id: string, jwt: string }>} */
  user: (email) => control('users', { email }),
  /** The JWT that an OAuth app or an agent gets when this user signs in to it. @param {string} email @param {string} clientId @returns {Promise<string>} */
  agentJwt: async (email, clientId) => (await control('third-party-jwts', { email, clientId })).jwt,
  /** What a sign-in with this account leaves behind at Nhost Auth. @param {string} userId @param {string} provider @param {string} account */
  signIn: (userId, provider, account) => control('sign-in', { userId, provider, account, script: { refreshToken: 'rotating' } }),
  /** Unlinks an account that the user has linked. @param {string} userId @param {string} provider @param {string} account */
  unlink: (userId, provider, account) => control('unlink', { userId, provider, account }),

  /** Since the start, oldest first. @returns {Promise<Call[]>} */
  calls: () => control('calls'),

  /** @param {string} provider @returns {Promise<boolean>} */
  isDown: async (provider) => (await control(`providers/${provider}/outage`)).down,
  /** @param {string} provider @param {boolean} down */
  setDown: (provider, down) => control(`providers/${provider}/outage`, { down }),

  /** Null while the user has none. @param {string} user @param {string} provider @returns {Promise<Grant | null>} */
  grant: (user, provider) => control(`grants/${user}/${provider}`),
  /** @param {string} user @param {string} provider */
  revoke: (user, provider) => control(`grants/${user}/${provider}/revoke`, {}),
  /** @param {string} user @param {string} provider */
  expire: (user, provider) => control(`grants/${user}/${provider}/expire`, {}),
  /** @param {string} user @param {string} provider @param {{ refreshToken: string }} script */
  rescript: (user, provider, script) => control(`grants/${user}/${provider}/script`, script),

  /** Asks the provider's own API, as an app does. @param {string} provider @param {string} accessToken */
  userinfo: (provider, accessToken) =>
    send(`${origin}/providers/${provider}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }),
}
