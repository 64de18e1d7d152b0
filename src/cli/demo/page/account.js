// Another account at the provider, for the same user of the app.

import { byId } from './dom.js'
import { graphql } from './session.js'
import { simulator } from './simulator.js'
import { answerRow, callApi, readToken } from './token.js'
import { ANSWERS, SAID, named } from './words.js'

const CONNECT = 'mutation ($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }'

/** Which account the connection is to, as the server has last said; null: not known. @type {string | null} */
let connected = null

/** @param {string | null} account */
export function setAccount(account) {
  connected = account
}

/** @param {string} email */
const another = (email) => email.replace('@', '.work@')

/**
 * Signs in with the provider as the user's other account, and uses the tokens of before and now.
 * @param {import('./world.js').Subject} about
 * @returns {Promise<string>}
 */
export async function switchAccount({ provider, user, isShown }) {
  // The page looks again while this waits, and what is connected is another account then.
  const current = connected
  const before = await readToken(provider)
  const { id, email } = user ?? { id: '', email: '' }
  const own = email || 'ada@example.com'
  const account = current === another(own) ? own : another(own)
  await simulator.signIn(id, provider, account)
  await graphql(CONNECT, { provider })
  // Nhost Auth hands out the session of the account that was linked last, and of no other.
  for (const other of new Set([own, another(own), current ?? own])) {
    if (other !== account) await simulator.unlink(id, provider, other)
  }
  const [old, fresh] = await Promise.all([callApi(provider, before), readToken(provider).then((token) => callApi(provider, token))])
  if (isShown()) byId('answers').replaceChildren(answerRow(ANSWERS.now, fresh, ANSWERS.nowNote), answerRow(ANSWERS.before, old, ANSWERS.beforeNote))
  return named(SAID.switched(account), provider)
}
