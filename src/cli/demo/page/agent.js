// Another app, which acts for the user with a JWT of its own: see docs/agents.md.

import { byId, setText } from './dom.js'
import { Failure, ask } from './requests.js'
import { graphql } from './session.js'
import { now, simulator } from './simulator.js'
import { READ, answerRow, callApi, refusalRow } from './token.js'
import { ANSWERS, BUTTONS, ERRORS, SAID, named, timeOfDay } from './words.js'

/** @typedef {import('./world.js').Subject} Subject */

export const CLIENT = 'https://agent.example/client.json'
const GRANT = 'mutation ($clientId: String!, $provider: OAuthProvider!) { grantProviderAccess(clientId: $clientId, provider: $provider) { provider } }'
const REVOKE = 'mutation ($clientId: String!, $provider: OAuthProvider!) { revokeProviderAccess(clientId: $clientId, provider: $provider) { provider } }'

/** Providers whose token the agent was refused, and those whose token it has used. @type {Set<string>} */
const refused = new Set()
/** @type {Set<string>} */
const used = new Set()
let granted = false

/** @param {string} provider */
export const agentOf = (provider) => ({ granted, asked: refused.has(provider), used: used.has(provider) })

export function forgetAgent() {
  refused.clear()
  used.clear()
  byId('agent-answers').replaceChildren()
}

/** @param {boolean} may Whether the agent may read tokens of the provider. @param {boolean} connected */
export function showAgent(may, connected) {
  granted = may
  setText(byId('grant-access'), may ? BUTTONS.ungrant : BUTTONS.grant)
  byId('grant-access').toggleAttribute('disabled', !connected)
  byId('agent').toggleAttribute('disabled', !connected)
}

/** The agent asks for a token, and uses it. @param {Subject} about @returns {Promise<string>} */
export async function agentAsks({ provider, user, isShown }) {
  const email = user?.email
  if (!email) throw new Failure(ERRORS.anonymous)
  const answers = byId('agent-answers')
  try {
    const { providerConnection } = await ask(await simulator.agentJwt(email, CLIENT), READ, { provider })
    const answer = await callApi(provider, providerConnection.accessToken)
    const said = named(SAID.agentWorks, provider)
    if (isShown()) {
      answers.replaceChildren(answerRow(ANSWERS.agent(timeOfDay(now())), answer, said))
      if (answer.ok) used.add(provider)
    }
    return answer.ok ? said : answer.words
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'client-not-granted') throw error
    if (isShown()) {
      refused.add(provider)
      answers.replaceChildren(refusalRow(`${SAID.refused} FORBIDDEN, client-not-granted`))
    }
    return SAID.refused
  }
}

/** The user grants it access, or takes that back. @param {Subject} about @returns {Promise<string>} */
export async function changeAccess({ provider }) {
  const gives = !granted
  await graphql(gives ? GRANT : REVOKE, { clientId: CLIENT, provider })
  return gives ? named(SAID.granted, provider) : SAID.ungranted
}
