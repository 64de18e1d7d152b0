// Bob, another user of the app. Anyone may act as him here: the simulator signs a JWT for every caller.

import { byId, setGood, setText } from './dom.js'
import { ask } from './requests.js'
import { endOf } from './session.js'
import { now, simulator } from './simulator.js'
import { HALF_HOURS, READ, callApi, readToken } from './token.js'
import { BUTTONS, SAID, named, statusOf } from './words.js'

const EMAIL = 'bob@example.com'
const STATUS = 'query ($provider: OAuthProvider!) { providerConnection(provider: $provider) { status } }'
const CONNECT = 'mutation ($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }'
const ENDED = 'REAUTHENTICATION_REQUIRED'

/** @type {{ id: string, jwt: string } | null} */
let bob = null

async function bobNow() {
  if (!bob || endOf(bob.jwt) - now() < 60_000) bob = await simulator.user(EMAIL)
  return bob
}

/** @param {string} query @param {string} provider */
const asBob = async (query, provider) => ask((await bobNow()).jwt, query, { provider })

/** Of his connection. @param {string} provider @returns {Promise<string | null>} */
export async function readStatus(provider) {
  return (await asBob(STATUS, provider)).providerConnection?.status ?? null
}

/** Whether he has to sign in again, and this user need not. @param {string | null} status @param {string | null} mine The status of this user's connection. */
export const onlyBobEnded = (status, mine) => status === ENDED && mine === 'ACTIVE'

/** @param {string | null} status @param {string | null} mine */
export function showBob(status, mine) {
  setText(byId('bob-is'), statusOf(status))
  setGood(byId('bob-is'), status === null ? null : status === 'ACTIVE')
  setText(byId('you-are'), statusOf(mine))
  setGood(byId('you-are'), mine === null ? null : mine === 'ACTIVE')
  setText(byId('neighbour'), status === ENDED ? BUTTONS.bobIn : BUTTONS.bobOut)
  byId('neighbour').toggleAttribute('disabled', status === null)
}

/** Takes his grant away, and lets four hours pass; or signs him in again. @param {import('./world.js').Subject} about @returns {Promise<string>} */
export async function troubleBob({ provider }) {
  const { id } = await bobNow()
  if ((await readStatus(provider)) === ENDED) {
    await simulator.signIn(id, provider, EMAIL)
    await asBob(CONNECT, provider)
    return SAID.bobIsBack
  }
  // Where this user has none, there is nothing to compare with.
  await readToken(provider)
  await simulator.revoke(id, provider)
  let good = 0
  for (let half = 1; half <= HALF_HOURS; half += 1) {
    await simulator.advance(1800)
    // His app is refused in the end. What is wrong with the server, the next call says.
    await asBob(READ, provider).catch(() => null)
    if ((await callApi(provider, await readToken(provider))).ok) good += 1
  }
  return named(SAID.neighbour(good, HALF_HOURS, statusOf(await readStatus(provider))), provider)
}
