import { setAccount, switchAccount } from './account.js'
import { CLIENT, agentAsks, agentOf, changeAccess, forgetAgent, showAgent } from './agent.js'
import { showCalls } from './calls.js'
import { forgetSaid, say, startControls } from './controls.js'
import { byId, marked, setText } from './dom.js'
import { onlyBobEnded, readStatus, showBob, troubleBob } from './neighbour.js'
import { messageOf } from './requests.js'
import { changes, graphql, jwt, resumed, signOut, user } from './session.js'
import { demoRun, now, simulator } from './simulator.js'
import { showEffect, showSteps, startSteps } from './steps.js'
import { NOTHING_SEEN, progress } from './story.js'
import { forgetTokens, used, useToken } from './token.js'
import { remember } from './tour.js'
import { forge, latest, readWebhooks, receivedOf, showWebhooks } from './webhooks.js'
import { ALL_PROVIDERS, CLOCK, ERRORS, FIRST_PROVIDERS, PAGE, SAID, TOUR, WHO, named, statusOf, timeOfDay, tokenEnds } from './words.js'
import { WORLD_ACTIONS, forgetAnswers, forgetSeen, offer, picked, readWorld, setPicked, showWorld, subject, world } from './world.js'

/** @typedef {import('../../../../packages/element/dist/types/index.js').ProviderConnectionsElement} ProviderConnectionsElement */

/** How often the page looks, in milliseconds. */
const INTERVAL = 2000
const CONNECTIONS = `{
  providerConnections { provider status refreshable expiresAt account { email login } events(first: 100) { kind at actor } }
  providerAccessGrants { clientId provider }
}`

const element = /** @type {ProviderConnectionsElement} */ (byId('connections'))
/** @typedef {{ email: string | null, login: string | null } | null} Account */
/** @typedef {{ provider: string, status: string, refreshable: boolean, expiresAt: string | null, account: Account, events: import('./story.js').Event[] }} Connection */
/** Why the sign-in that this page is back from gave no session; it stands until somebody signs in. */
let refusal = ''

/**
 * The user's connections, and the providers whose tokens the agent may read.
 * @param {import('./world.js').Subject} about
 * @returns {Promise<{ connections: Connection[], granted: string[] }>}
 */
async function readConnections(about) {
  if (!about.user) return { connections: [], granted: [] }
  const { providerConnections, providerAccessGrants } = await graphql(CONNECTIONS)
  const ofAgent = providerAccessGrants.filter((/** @type {{ clientId: string }} */ { clientId }) => clientId === CLIENT)
  return { connections: providerConnections, granted: ofAgent.map((/** @type {{ provider: string }} */ { provider }) => provider) }
}

/** @param {Connection | null} connection To the provider that is picked. @param {string | null} bob How Bob's to it is. */
function showStory(connection, bob) {
  const provider = picked()
  const { status = null } = connection ?? {}
  const who = user()
  const { forged, notified, disconnected } = receivedOf(provider)
  const agent = agentOf(provider)
  const seen = who
    ? { used: used.has(provider), forged, notified, disconnected, neighbour: onlyBobEnded(bob, status), agent: agent.used }
    : NOTHING_SEEN
  const { done, failing } = progress(connection?.events ?? null, seen)
  const all = who ? remember(who.id, provider, done) : done
  showSteps(provider, all, { connected: connection !== null, failing, granted: agent.granted, asked: agent.asked, ...world() })
  const left = connection?.expiresAt ? Date.parse(connection.expiresAt) - now() : null
  showEffect({
    status: statusOf(status),
    good: status === null ? null : status === 'ACTIVE',
    facts: connection ? [connection.account?.email ?? connection.account?.login, tokenEnds(left)].filter(Boolean).join(' · ') : '',
    hook: latest(provider),
  })
  setAccount(connection?.account?.email ?? null)
  byId('switch').toggleAttribute('disabled', !connection)
  setText(byId('story-note'), !connection || connection.refreshable ? '' : named(TOUR.noRefreshToken, provider))
}

async function look() {
  const about = subject()
  try {
    const [{ run, webhooks }] = await Promise.all([readWebhooks(), simulator.readClock()])
    // The demo was started again, and knows nobody of the last one.
    if (run !== demoRun) return location.reload()
    const [calls, seen, { connections, granted }, bob] = await Promise.all([
      simulator.calls(),
      readWorld(about),
      readConnections(about),
      readStatus(about.provider),
    ])
    // Whatever changed what is shown has the page look again.
    if (!about.isShown()) return
    if (about.user) refusal = ''
    // What is connected has to be seen.
    if (connections.some(({ provider }) => !FIRST_PROVIDERS.includes(provider))) showAll(true)
    const connection = connections.find(({ provider }) => provider === about.provider) ?? null
    showCalls(calls)
    showWorld(seen)
    showWebhooks(webhooks, about.user?.id)
    showBob(bob, connection?.status ?? null)
    showAgent(granted.includes(about.provider), connection !== null)
    showStory(connection, bob)
    byId('do').removeAttribute('disabled')
    setText(byId('trouble'), refusal)
  } catch (error) {
    if (about.isShown()) setText(byId('trouble'), named(messageOf(error), about.provider))
  }
}

/** @type {Promise<void> | null} */
let looking = null
const lookOnce = () => (looking ??= look().finally(() => (looking = null)))

/** Looks at what has changed since the call; what is being looked at may be from before. */
async function lookAgain() {
  await looking
  await Promise.all([lookOnce(), element.refresh().catch(() => {})])
}

/** @param {string} provider */
function pick(provider) {
  setPicked(provider)
  forgetSaid()
  void lookAgain()
}

function showUser() {
  const who = user()
  setText(byId('who'), who ? (who.email ?? WHO.anonymous) : WHO.nobody)
  byId('sign-out').hidden = !who
  forgetSeen()
  forgetTokens()
  forgetAgent()
  forgetSaid()
}

function showClock() {
  const time = new Date(now())
  setText(byId('clock'), `${time.toLocaleDateString([], { weekday: 'short' })} ${timeOfDay(time, true)}`)
  const minutes = Math.round((now() - Date.now()) / 60_000)
  setText(byId('ahead'), minutes < 1 ? CLOCK.same : CLOCK.ahead(minutes))
}

/** Which providers the list has. @param {string[]} providers */
function list(providers) {
  element.setAttribute('providers', providers.join(' '))
  offer(providers, pick)
}

/** @param {boolean} all */
function showAll(all) {
  if (byId('all').getAttribute('aria-pressed') === String(all)) return
  byId('all').setAttribute('aria-pressed', String(all))
  list(all ? ALL_PROVIDERS : FIRST_PROVIDERS)
  if (!all && !FIRST_PROVIDERS.includes(picked())) pick('google')
}

for (const place of document.querySelectorAll('[data-word]')) place.replaceChildren(...marked(PAGE[place.getAttribute('data-word') ?? ''] ?? ''))
for (const place of document.querySelectorAll('[data-label]')) place.setAttribute('aria-label', PAGE[place.getAttribute('data-label') ?? ''] ?? '')

startSteps(matchMedia('(min-width: 78rem)'))
startControls(
  {
    ...WORLD_ACTIONS,
    use: useToken,
    switch: switchAccount,
    neighbour: troubleBob,
    agent: agentAsks,
    'grant-access': changeAccess,
    forge,
  },
  lookAgain,
)
list(FIRST_PROVIDERS)
setPicked('google')
showStory(null, null)
showUser()
showClock()

element.now = now
element.jwt = jwt
// What is clicked in the list is what the person is at.
for (const type of ['connected', 'refreshed', 'signin', 'failed', 'disconnected']) {
  element.addEventListener(type, (event) => {
    const provider = event instanceof CustomEvent ? event.detail.provider : null
    if (provider && provider !== picked()) {
      setPicked(provider)
      forgetSaid()
    }
    if (type === 'refreshed') say(named(SAID.refreshed, picked()))
    if (type === 'disconnected') {
      forgetAnswers()
      say(named(SAID.disconnected, picked()))
    }
    if (type === 'failed' && event instanceof CustomEvent) say(event.detail.message, true)
    if (type !== 'signin') void lookAgain()
  })
}
element.addEventListener('changed', () => void lookOnce())

changes.addEventListener('user', () => {
  showUser()
  void lookAgain()
})
byId('sign-out').addEventListener('click', () => {
  signOut()
  byId('title').focus()
})
byId('all').addEventListener('click', () => showAll(byId('all').getAttribute('aria-pressed') !== 'true'))
document.addEventListener('visibilitychange', () => document.hidden || void lookOnce())
setInterval(() => document.hidden || void lookOnce(), INTERVAL)
setInterval(showClock, 1000)

const refused = await resumed
if (refused) refusal = ERRORS.signIn(messageOf(refused))
await lookOnce()
// Back from a sign-in, on a phone: the tour, where the person was.
if (user() && !matchMedia('(min-width: 48rem)').matches) byId('tour').scrollIntoView({ block: 'start' })
