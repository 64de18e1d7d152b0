import { showCalls } from './calls.js'
import { byId, setText } from './dom.js'
import { messageOf } from './requests.js'
import { changes, graphql, jwt, resumed, signOut, user } from './session.js'
import { now, simulator } from './simulator.js'
import { showSteps, startSteps } from './steps.js'
import { forgetTokens, used } from './token.js'
import { ALL_PROVIDERS, FIRST_PROVIDERS, nameOf, timeOfDay } from './words.js'
import { lookAtWorld, offer, picked, setPicked, startWorld, world } from './world.js'

/** @typedef {import('../../../../packages/element/dist/types/index.js').ProviderConnectionsElement} ProviderConnectionsElement */

/** How often the page looks, in milliseconds. */
const INTERVAL = 2000
const CONNECTIONS = '{ providerConnections { provider refreshable events(first: 100) { kind at } } }'

const element = /** @type {ProviderConnectionsElement} */ (byId('connections'))
/** @typedef {{ provider: string, refreshable: boolean, events: import('./story.js').Event[] }} Connection */
/** By provider. @type {Map<string, Connection>} */
let connections = new Map()

/** Why the sign-in that this page is back from gave no session; it stands until somebody signs in. */
let refusal = ''

async function lookAtConnections() {
  if (!user()) {
    connections = new Map()
    return
  }
  const { providerConnections } = await graphql(CONNECTIONS)
  connections = new Map(providerConnections.map((/** @type {Connection} */ of) => [of.provider, of]))
  refusal = ''
  // What is connected has to be seen.
  if ([...connections.keys()].some((provider) => !FIRST_PROVIDERS.includes(provider))) showAll(true)
}

function showStory() {
  const connection = connections.get(picked())
  showSteps(picked(), connection?.events ?? null, used.has(picked()), world())
  const name = nameOf(picked())
  setText(byId('story-note'), !connection || connection.refreshable ? '' : `${name} gave no refresh token, so there is nothing to renew. Google has the whole story.`)
}

async function look() {
  try {
    await simulator.readClock()
    const [calls] = await Promise.all([simulator.calls(), lookAtWorld(), lookAtConnections()])
    showCalls(calls)
    showStory()
    setText(byId('trouble'), refusal)
  } catch (error) {
    setText(byId('trouble'), messageOf(error))
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
  void lookAgain()
}

function showUser() {
  const who = user()
  setText(byId('who'), who ? (who.email ?? 'An anonymous user') : 'Nobody is signed in')
  byId('sign-out').hidden = !who
  forgetTokens()
}

function showClock() {
  const time = new Date(now())
  setText(byId('clock'), `${time.toLocaleDateString([], { weekday: 'short' })} ${timeOfDay(time, true)}`)
  const minutes = Math.round((now() - Date.now()) / 60_000)
  const by = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
  setText(byId('ahead'), minutes < 1 ? 'as yours' : `${by} ahead of yours`)
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

startSteps()
startWorld(FIRST_PROVIDERS, { done: lookAgain, pick })
list(FIRST_PROVIDERS)
setPicked('google')
showStory()
showUser()
showClock()

element.now = now
element.jwt = jwt
// What is clicked in the list is what the person is at.
for (const type of ['connected', 'refreshed', 'signin', 'failed']) {
  element.addEventListener(type, (event) => {
    const provider = event instanceof CustomEvent ? event.detail.provider : null
    if (provider && provider !== picked()) setPicked(provider)
    if (type !== 'signin') void lookAgain()
  })
}
for (const type of ['changed', 'disconnected']) element.addEventListener(type, () => void lookOnce())

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
if (refused) refusal = `The sign-in did not succeed. ${messageOf(refused)}`
await lookOnce()
