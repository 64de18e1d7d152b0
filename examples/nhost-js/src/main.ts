/** Plays the story of one user against the demo (`cargo run -- demo`), a line for each step. */
import { createClient } from '@nhost/nhost-js'

import { Problem } from './problem.ts'
import { Providers } from './providers.ts'
import { Simulated } from './simulated.ts'

const graphqlUrl = process.env['GRAPHQL_URL'] ?? 'http://127.0.0.1:4000/graphql'
const authUrl = process.env['NHOST_AUTH_URL'] ?? 'http://127.0.0.1:4001/v1'
/** Where the app is; nothing has to be there. */
const page = 'http://127.0.0.1:3000/settings'

/** A user of their own for each run: the demo remembers those of the runs before. */
const run = crypto.randomUUID().slice(0, 8)
const [email, music] = [`grace.${run}@example.com`, `grace.${run}@music.example`]

const nhost = createClient({ authUrl, graphqlUrl })
const simulated = new Simulated(authUrl)
let waited = 0
let whileWaiting = () => Promise.resolve()
const providers = new Providers(nhost, {
  headers: { 'x-hasura-role': 'me' },
  wait: async (milliseconds) => {
    waited += 1
    await simulated.wait(milliseconds)
    await whileWaiting()
  },
})

// A run that was broken off may have left it so.
await simulated.providerIsDown('google', false)

const back = await simulated.browser(providers.signInUrl('google', page), email)
// Twice, as React's StrictMode calls an effect.
const [connection, again] = await Promise.all([providers.connectAfterCallback(back), providers.connectAfterCallback(back)])
say('signed in and connected', connection?.provider, connection?.status, connection === again ? 'once' : 'twice')

say('connections', ...(await providers.connections()).map(({ provider, status }) => `${provider} ${status}`))
const more = await providers.connectAfterCallback(await simulated.browser(await providers.linkUrl('spotify', page), music))
say('linked one more', more?.provider, more?.status)
say("the provider's API answers", await call())

const userId = nhost.getUserSession()?.user?.id ?? ''
await simulated.grant(userId, 'google', 'expire')
say('a token that ended early is renewed', await call())

// The user's own JWT ends meanwhile, too; nhost-js gets another.
await simulated.wait(3_600_000)
await simulated.providerIsDown('google', true)
const problem = await problemOf(call())
say('an hour later, with the provider down', problem.code, `after ${waited} waits`)

waited = 0
whileWaiting = () => simulated.providerIsDown('google', false)
say('the provider is back', await call(), `after ${waited} waits`)

await simulated.grant(userId, 'google', 'revoke')
const revoked = await untilSigningInHelps()
say('the user has taken the grant back', revoked.code)

const signInAgain = providers.signInAgainUrl(revoked, page) ?? ''
const healed = await providers.connectAfterCallback(await simulated.browser(signInAgain, email))
say('signed in again', healed?.status, await call())

await providers.disconnect('google')
say('disconnected', (await problemOf(call())).code, (await providers.connections()).length)

async function call(): Promise<number> {
  return (await providers.fetch('google', simulated.userinfo('google'))).status
}

/** Through Nhost Auth a revoked grant looks like an outage, until it has lasted for ten minutes. */
async function untilSigningInHelps(): Promise<Problem> {
  for (let hours = 0; hours < 6; hours += 1) {
    await simulated.wait(3_600_000)
    const problem = await problemOf(call())
    if (problem.reauthenticationUrl !== undefined) return problem
  }
  throw new Error('the revoked grant was not noticed')
}

async function problemOf(call: Promise<unknown>): Promise<Problem> {
  try {
    await call
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
  throw new Error('this should have failed')
}

function say(what: string, ...seen: unknown[]): void {
  console.log(`${what}: ${seen.join(', ')}`)
}
