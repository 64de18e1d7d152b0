// Every text of the page. In texts, {} is the provider's name, `…` is code, and […](…) is a link.

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

/** @param {string} text @param {string} provider */
export const named = (text, provider) => text.replaceAll('{}', nameOf(provider))

/** What stands in index.html, by `data-word`. @type {Record<string, string>} */
export const PAGE = {
  time: 'Simulated time',
  signOut: 'Sign out',
  title: 'Users sign in once. Their tokens keep working.',
  intro:
    'Nhost Auth hands a provider’s tokens to the browser once. This server stores them instead, encrypted. It refreshes them automatically and gives your app access tokens that work. The refresh token never reaches a browser.',
  simulated: 'Google and the other providers are simulated here, so you can break them. Nothing leaves this machine.',
  tour: 'Tour',
  where: 'Show me where',
  allSteps: 'All steps',
  finished: 'You’ve seen everything. [Explore the API in GraphiQL](/graphiql), or break something else.',
  app: 'Your app',
  all: 'All 16 providers',
  oneTag: 'One tag: `<provider-connections>`',
  use: 'Your app calls {}',
  useNote: 'It asks the server for an access token right before each call, and stores none.',
  useButton: 'Use the token',
  switch: 'Sign in with another account',
  agent: 'Another app asks for your token',
  ask: 'Let the agent ask',
  agentNote: 'Users sign in to agents and MCP servers with their Nhost account. An agent gets a token only for a provider that its user granted it.',
  world: 'Simulate',
  provider: 'Provider',
  isUp: '{} is',
  grant: 'Your grant at {}',
  ends: 'Access token expires',
  passing: 'Time',
  ten: 'Wait 10 minutes',
  hour: 'Wait an hour',
  morning: 'Wait 4 hours',
  morningNote: 'using a token every half hour',
  faults: 'What the provider does',
  expire: 'Expire the access token',
  rotate: 'Rotate refresh tokens',
  revoke: 'Revoke the grant',
  neighbour: 'Bob, another user',
  neighbourNote: 'Bob connected {}, too. Revoke his grant, and four hours pass in which both of you use a token every half hour.',
  bobIs: 'Bob’s connection',
  youAre: 'Your connection',
  hooks: 'Your backend receives webhooks',
  hooksNote: 'This demo runs a small backend that verifies the signature of each webhook.',
  noHooks: 'None for you yet.',
  hooksRegion: 'List of webhooks',
  forge: 'Send a forged webhook',
  calls: 'Calls to Nhost Auth and the providers',
  callsNote: 'Newest first.',
  noCalls: 'None yet.',
  callsRegion: 'List of calls',
  footer:
    '[GraphiQL](/graphiql) has the whole API. The terminal shows a JWT and three curl commands to paste. Open this page in another browser and sign in: your connections are there, too, because the server stores them.',
}

/**
 * The steps of the tour: what to do, and why it matters, which is shown when it is done.
 * @type {Record<string, { title: string, task: string, lesson: string }>}
 */
export const STEPS = {
  connected: {
    title: 'Connect {}',
    task: 'Sign in with the simulated {}. Any email address works.',
    lesson: 'The server fetched {}’s tokens from Nhost Auth, which hands them out once, and encrypted them.',
  },
  used: {
    title: 'Use the token',
    task: 'Let your app call {}’s API.',
    lesson: 'Your app got an access token that works. It never saw the refresh token.',
  },
  renewed: {
    title: 'Wait an hour',
    task: 'Wait until the access token expires, then use it again.',
    lesson: 'It still works: the server refreshed the expired token before handing it out.',
  },
  survived: {
    title: 'Take {} down',
    task: 'Take {} down and refresh: it fails. Bring {} back and refresh again.',
    lesson: 'The connection survived the outage, and nobody had to sign in again.',
  },
  revoked: {
    title: 'Revoke the grant',
    task: 'Revoke the grant, as in the settings of a {} account. Then wait 4 hours.',
    lesson: 'The server ruled out an outage, and then asked for a new sign-in.',
  },
  healed: {
    title: 'Sign in again',
    task: 'Sign in again at {}.',
    lesson: 'One sign-in, and the app continues where it was.',
  },
  notified: {
    title: 'Check the webhooks',
    task: 'Your backend was notified of the revocation and the new sign-in. Now send it a forged webhook, as an attacker could.',
    lesson: 'Your backend refused the forged webhook: it lacks the server’s signature.',
  },
  neighbour: {
    title: 'Revoke Bob’s grant',
    task: 'Bob uses your app, too. Revoke his grant at {} and see what happens to your connection.',
    lesson: 'Bob has to sign in again. Your connection wasn’t affected.',
  },
  switched: {
    title: 'Switch accounts',
    task: 'Sign in with another {} account.',
    lesson: 'The server noticed the new account and replaced the tokens. Those of two accounts are never mixed.',
  },
  granted: {
    title: 'Grant an agent access',
    task: 'An agent asks for your {} token. It is refused until you grant it access.',
    lesson: 'The agent reads access tokens of {} and nothing else. You can revoke its access in the list.',
  },
  disconnected: {
    title: 'Disconnect {}',
    task: 'Disconnect {}. The list asks you to confirm it.',
    lesson: 'The server deleted the tokens. If it has the provider’s client secret, it revokes the grant, too.',
  },
}

/** What the tour says around its steps. */
export const TOUR = {
  /** @param {number} done @param {number} all */
  progress: (done, all) => `${done} of ${all} done`,
  /** @param {string} title @param {string} lesson */
  done: (title, lesson) => `Done: ${title}. ${lesson}`,
  tick: 'Done.',
  reconnect: '{} isn’t connected. Connect it again to continue: the tour remembers your progress.',
  signInAgain: 'Your {} grant has ended. Sign in again to continue.',
  bringBack: '{} is down. Bring it back to continue.',
  noRefreshToken: '{} gave no refresh token, so nothing can be refreshed. Google has the whole tour.',
  connect: 'Connect {}',
  refresh: 'Refresh {}',
  signIn: 'Sign in again',
  disconnect: 'Disconnect {}',
  confirm: 'Confirm',
}

/** How a connection is, by the schema's status; null: there is none. @type {Record<string, string>} */
const STATUSES = {
  ACTIVE: 'Connected',
  REFRESH_FAILING: 'Can’t refresh',
  REAUTHENTICATION_REQUIRED: 'Sign in again',
}

/** @param {string | null | undefined} status */
export const statusOf = (status) => (status ? (STATUSES[status] ?? status) : 'Not connected')

/** @param {number | null} left Until the access token expires, in milliseconds; null: it doesn't. */
export const tokenEnds = (left) =>
  left === null ? 'token doesn’t expire' : left > 0 ? `token expires in ${span(left)}` : `token expired ${span(left)} ago`

/** What the page says about the provider's side. */
export const WORLD = {
  up: 'up',
  down: 'down',
  takeDown: 'Take {} down',
  bringBack: 'Bring {} back',
  noGrant: 'none yet',
  alive: 'active',
  revoked: 'revoked',
  nothing: '–',
  never: 'never',
  /** @param {number} left */
  ends: (left) => (left > 0 ? `in ${span(left)}` : `expired ${span(left)} ago`),
}

/** What an action says when it is over. */
export const SAID = {
  refreshed: 'The server refreshed the access token of {}.',
  disconnected: '{} is disconnected.',
  hour: 'An hour has passed.',
  /** @param {number} minutes */
  minutes: (minutes) => `${minutes} minutes have passed.`,
  isDown: '{} is down: every call to it fails. Ten seconds have passed.',
  isBack: '{} is back. Ten seconds have passed.',
  expired: '{} has expired the access token early. Nobody told the server.',
  revoked: '{} has revoked the grant. Nobody told the server.',
  rotates: 'From now on, each refresh token of {} works once and brings the next one. Refresh a few times: the server keeps up.',
  /** @param {string[]} calls */
  morning: (calls) => `Four hours have passed, with a call every half hour. ${calls.join('; ')}.`,
  /** @param {number} good @param {number} all */
  morningInShort: (good, all) => `Four hours have passed. ${good} of ${all} calls to {} worked.`,
  /** @param {number} good @param {number} all @param {string} bob How Bob's connection is. */
  neighbour: (good, all, bob) => `Bob: ${bob}. You: ${good} of ${all} calls to {} worked.`,
  bobIsBack: 'Bob has signed in again.',
  bobIsOut: 'Bob isn’t connected to {}. Pick another provider.',
  /** @param {string} account */
  switched: (account) => `You signed in to {} as ${account}.`,
  /** @param {number} status */
  forged: (status) => `Your backend answered ${status}: the signature isn’t the server’s.`,
  refused: 'Refused: you haven’t granted the agent access.',
  agentWorks: 'The agent got a token for {}, and it works.',
  granted: 'You granted the agent access to {}.',
  ungranted: 'You revoked the agent’s access.',
}

export const BUTTONS = {
  bobOut: 'Revoke Bob’s grant',
  bobIn: 'Sign Bob in again',
  grant: 'Grant access',
  ungrant: 'Revoke access',
}

/** What the rows of answers say. */
export const ANSWERS = {
  works: 'works',
  expired: 'has expired',
  down: 'provider is down',
  refused: 'refused',
  noToken: 'no token',
  /** @param {string} time */
  fromServer: (time) => `From the server, ${time}`,
  /** @param {string} time */
  keptSince: (time) => `Stored in the page since ${time}`,
  took: '{}’s API accepted the token that the server handed out.',
  endedEarly: '{} expired this token early, and told nobody. Refresh {} in the list, then use the token again.',
  stillHandedOut: 'The server still handed out its stored token. {} itself doesn’t answer.',
  firstIsAlive: 'The page’s first token still works: older tokens stay valid until they expire.',
  firstHasEnded: 'To refresh it, the page would have to store the refresh token, where any script can read it.',
  before: 'Before',
  now: 'Now',
  /** @param {string} account */
  belongsTo: (account) => `belongs to ${account}`,
  beforeNote: 'The token of the first account. The server doesn’t hand it out any more.',
  nowNote: 'All that your app gets from now on.',
  /** @param {string} time */
  agent: (time) => `Agent, ${time}`,
}

/** What a webhook is about. @type {Record<string, string>} */
const WEBHOOKS = {
  'connection.connected': 'connected',
  'connection.account_changed': 'another account',
  'connection.refresh_failing': 'refresh fails',
  'connection.reauthentication_required': 'has to sign in again',
  'connection.healed': 'works again',
  'connection.expires_soon': 'has to sign in again soon',
  'connection.scopes_changed': 'other scopes',
  'connection.disconnected': 'disconnected',
  'access.granted': 'agent granted',
  'access.revoked': 'agent revoked',
}

export const HOOKS = {
  verified: 'verified',
  forged: 'refused',
  /** The newest one, next to the step. @param {string} time @param {string} about @param {string} verdict */
  latest: (time, about, verdict) => `Webhook ${time}: ${about} (${verdict})`,
  /** @param {string | null} type */
  about: (type) => WEBHOOKS[type ?? ''] ?? '',
}

export const ERRORS = {
  signedOut: 'You are not signed in. Connect {} in the list.',
  notConnected: '{} isn’t connected yet. Connect it in the list.',
  anonymous: 'An anonymous user has no other app. Sign in first.',
  /** @param {string} why */
  signIn: (why) => `The sign-in did not succeed. ${why}`,
  /** @param {string} host */
  unreachable: (host) => `${host} doesn’t answer. Is the demo still running?`,
  /** @param {string} who @param {string} why @param {number} status */
  refused: (who, why, status) => `${who} refused: ${why} (${status}).`,
  noReason: 'it didn’t say why',
  /** @param {number} status */
  noJson: (status) => `The server answered ${status} without JSON.`,
}

export const WHO = {
  server: 'The server',
  nhostAuth: 'Nhost Auth',
  simulator: 'The simulator',
  backend: 'The demo’s backend',
  nobody: 'Nobody is signed in',
  anonymous: 'An anonymous user',
}

export const CLOCK = {
  same: 'same as yours',
  /** @param {number} minutes */
  ahead: (minutes) => {
    const rest = minutes % 60 ? ` ${minutes % 60} min` : ''
    return `${minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${rest}`} ahead of yours`
  },
}

/**
 * The calls that the simulator sees, with who makes them; the provider’s API is called by both.
 * @type {Map<string, { by: 'Browser' | 'Server' | 'API', words: string }>}
 */
const CALLS = new Map([
  ['signin', { by: 'Browser', words: 'starts a sign-in' }],
  ['signinCallback', { by: 'Browser', words: 'returns from the consent page' }],
  ['token', { by: 'Browser', words: 'gets a JWT for the user' }],
  ['userinfo', { by: 'API', words: 'called with the access token' }],
  ['providerTokens', { by: 'Server', words: 'fetches the tokens, once' }],
  ['refreshProviderToken', { by: 'Server', words: 'refreshes the access token' }],
  ['providerToken', { by: 'Server', words: 'refreshes at the provider' }],
  ['providerRevoke', { by: 'Server', words: 'revokes the grant' }],
  ['pat', { by: 'Server', words: 'signs in as itself' }],
  ['jwks', { by: 'Server', words: 'fetches the public keys' }],
  ['healthz', { by: 'Server', words: 'checks whether Nhost Auth is up' }],
  ['jwtCheck', { by: 'Server', words: 'checks whether its JWT is accepted' }],
])

/** @param {string} endpoint */
export const callOf = (endpoint) => CALLS.get(endpoint) ?? { by: 'Browser', words: endpoint }

export const NO_ANSWER = 'no answer'

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
