import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { member } from '../json.ts'
import { Program } from '../../node/harness/process.ts'
import { Simulator, type User } from '../../node/harness/simulator.ts'
import { APPS } from '../generate/hints.ts'
import { ENCRYPTION_KEYS, JWT_SECRET, SERVICE_SECRET } from '../../node/harness/world.ts'

export type { User }

/** Seconds that access tokens live: longer than this comparison takes, so that none is renewed. */
const DAY = 86_400

/** The providers whose grants are renewed and revoked at the provider itself. */
const DIRECT = ['google', 'gitlab', 'discord']

/** The providers whose accounts are known; one that is connected with an expired token is never asked. */
const LOOKED_UP = [...DIRECT, 'github', 'spotify']

/** The real server on SQLite beside the simulated Nhost Auth. */
export class World extends Simulator {
  readonly #programs: Program[]
  readonly #folder: string
  readonly graphql: string

  private constructor(programs: Program[], folder: string, graphql: string, auth: string) {
    super(auth)
    this.#programs = programs
    this.#folder = folder
    this.graphql = graphql
  }

  static async start(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-'))
    const simulatorEnv = { SIMULATOR_LISTEN: '127.0.0.1:0', SIMULATOR_JWT_SECRET: JWT_SECRET }
    const [simulator, at] = await Program.start('nhost-auth-simulator', [], simulatorEnv, folder, /Nhost Auth +(\S+)/)
    const auth = at[1] ?? ''
    const env: Record<string, string> = {
      LISTEN: '127.0.0.1:0',
      DATABASE_URL: 'sqlite://connections.db',
      NHOST_AUTH_URL: auth,
      NHOST_JWT_SECRET: JWT_SECRET,
      ENCRYPTION_KEYS,
      SERVICE_SECRET,
      // Of one user come many more calls than of a person.
      USER_RATE: '0',
      LOG_FORMAT: 'json',
    }
    for (const provider of LOOKED_UP) {
      env[`PROVIDER_${provider.toUpperCase()}_USERINFO_URL`] = new URL(`/providers/${provider}/userinfo`, auth).href
    }
    for (const provider of DIRECT) {
      const prefix = `PROVIDER_${provider.toUpperCase()}`
      env[`${prefix}_CLIENT_ID`] = 'simulator-client'
      env[`${prefix}_CLIENT_SECRET`] = 'simulator-secret'
      env[`${prefix}_TOKEN_URL`] = new URL(`/providers/${provider}/token`, auth).href
      env[`${prefix}_REVOCATION_URL`] = new URL(`/providers/${provider}/revoke`, auth).href
    }
    const [server, listens] = await Program.start('provider-connections', ['serve'], env, folder, /"address":"([^"]+)"[^\n]*\n?/)
    return new World([server, simulator], folder, `http://${listens[1]}/graphql`, auth)
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) await program.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What this user asks for by a plain document; an error where the answer has none of it. */
  async ask(user: User, query: string): Promise<unknown> {
    const response = await fetch(this.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${user.jwt}` },
      body: JSON.stringify({ query }),
    })
    const answer: unknown = await response.json()
    if (typeof answer === 'object' && answer !== null && 'data' in answer && answer.data !== null) return answer.data
    throw new Error(`${query}: ${JSON.stringify(answer)}`)
  }

  async connect(user: User, provider: string, script: Record<string, string | number | boolean> = { lifetime: DAY }): Promise<void> {
    await this.signIn(user, provider, script)
    await this.ask(user, `mutation { connectProvider(provider: ${provider}) { id } }`)
    // Documents are compared with what is known: until then `account` would change by itself.
    if (LOOKED_UP.includes(provider) && script['skewSeconds'] === undefined) await this.#accountIsKnown(user, provider)
  }

  async #accountIsKnown(user: User, provider: string): Promise<void> {
    for (let tries = 0; tries < 600; tries += 1) {
      const answer = await this.ask(user, `{ providerConnection(provider: ${provider}) { account { id } } }`)
      if (member(member(answer, 'providerConnection'), 'account') !== null) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`the account at ${provider} is never known`)
  }

  async grant(user: User, app: string, provider: string): Promise<void> {
    await this.ask(user, `mutation { grantProviderAccess(clientId: ${JSON.stringify(app)}, provider: ${provider}) { clientId } }`)
  }

  /**
   * A user with connections that are renewed, have no refresh token, have no expiry; and one that `revoked`
   * has ended: a refusal that many users of one provider get would say something of the provider. With grants to apps.
   */
  async connected(email: string, revoked: string): Promise<User> {
    const user = await this.user(email)
    await this.connect(user, 'google')
    await this.connect(user, 'github', { lifetime: 'never' })
    await this.connect(user, 'spotify', { lifetime: DAY, refreshToken: 'none' })
    // Its access token has expired by the time it is connected.
    await this.connect(user, revoked, { lifetime: DAY, skewSeconds: -2 * DAY })
    await this.ask(user, 'mutation { refreshProviderToken(provider: google) { id } }')
    for (const app of APPS) await this.grant(user, app, 'google')
    await this.grant(user, APPS[0] ?? '', 'github')
    await this.control(`grants/${user.id}/${revoked}/revoke`)
    await this.ask(user, `{ providerConnection(provider: ${revoked}) { accessToken } }`)
    return user
  }
}
