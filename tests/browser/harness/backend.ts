import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Program } from '../../node/harness/process.ts'
import { Simulator, type User } from '../../node/harness/simulator.ts'
import { ENCRYPTION_KEYS, JWT_SECRET, SERVICE_SECRET } from '../../node/harness/world.ts'

export type Settings = Record<string, string>

/** A process of the server, which can go and come back. */
export class Server {
  readonly #settings: Settings
  readonly #folder: string
  #program: Program | undefined
  /** `http://127.0.0.1:40123`, the same after a restart. */
  origin = ''

  constructor(settings: Settings, folder: string) {
    this.#settings = settings
    this.#folder = folder
  }

  async start(): Promise<void> {
    const listen = this.origin === '' ? '127.0.0.1:0' : new URL(this.origin).host
    const env = { ...this.#settings, LISTEN: listen }
    const [program, at] = await Program.start('provider-connections', ['serve'], env, this.#folder, /"address":"([^"]+)"[^\n]*\n?/)
    this.#program = program
    this.origin = `http://${at[1]}`
  }

  async stop(): Promise<void> {
    await this.#program?.stop()
  }
}

/** The server, or several replicas of it, beside the simulated Nhost Auth. */
export class Backend extends Simulator {
  readonly #folder: string
  readonly #simulator: Program
  readonly #settings: Settings
  readonly servers: Server[]

  private constructor(auth: string, folder: string, simulator: Program, settings: Settings, servers: Server[]) {
    super(auth)
    this.#folder = folder
    this.#simulator = simulator
    this.#settings = settings
    this.servers = servers
  }

  /** `serve`: the clock is the machine's. `settings` may need to know where Nhost Auth is; `nhost` are the simulator's own. */
  static async serve(settings: (auth: string) => Settings, nhost: Settings = {}): Promise<Backend> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-browser-'))
    const env = { SIMULATOR_LISTEN: '127.0.0.1:0', SIMULATOR_JWT_SECRET: JWT_SECRET, ...nhost }
    const [simulator, at] = await Program.start('nhost-auth-simulator', [], env, folder, /Nhost Auth +(\S+)/)
    const auth = at[1] ?? ''
    const all = {
      DATABASE_URL: 'sqlite://connections.db',
      NHOST_AUTH_URL: auth,
      NHOST_JWT_SECRET: JWT_SECRET,
      ENCRYPTION_KEYS,
      SERVICE_SECRET,
      LOG_FORMAT: 'json',
      ...settings(auth),
    }
    const backend = new Backend(auth, folder, simulator, all, [])
    await backend.replica()
    return backend
  }

  /** `demo`: the simulator's clock is the server's, too. */
  static async demo(): Promise<Backend> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-browser-'))
    const [program, at] = await Program.start(
      'provider-connections',
      ['demo', '--listen', '127.0.0.1:0', '--simulator-listen', '127.0.0.1:0'],
      { TMPDIR: folder },
      folder,
      /is at +(\S+)\/graphql[^]*Nhost Auth at +(\S+)[^]*left behind/,
    )
    const server = new Server({}, folder)
    server.origin = at[1] ?? ''
    return new Backend(at[2] ?? '', folder, program, {}, [server])
  }

  /** One more process of the server, with these settings changed. */
  async replica(settings: Settings = {}): Promise<Server> {
    const server = new Server({ ...this.#settings, ...settings }, this.#folder)
    await server.start()
    this.servers.push(server)
    return server
  }

  get server(): Server {
    const [first] = this.servers
    if (first === undefined) throw new Error('there is no server')
    return first
  }

  /** Puts the clock forward. */
  async advance(seconds: number): Promise<void> {
    await this.control('clock/advance', { seconds })
  }

  /** A new session of the user's at Nhost Auth: the refresh token that the app exchanges. */
  async session(email: string): Promise<string> {
    const made = await this.control('users', { email })
    const personalAccessToken = text(made, 'personalAccessToken')
    const response = await fetch(`${this.auth}/signin/pat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ personalAccessToken }),
    })
    const answer: unknown = await response.json()
    return text(field(answer, 'session'), 'refreshToken')
  }

  /** The whole answer of the API to the user, past the browser. */
  async raw(user: User, query: string, variables: Record<string, string> = {}, server: Server = this.server): Promise<unknown> {
    const response = await fetch(`${server.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${user.jwt}` },
      body: JSON.stringify({ query, variables }),
    })
    return await response.json()
  }

  /** `data` of an answer without errors. */
  async ask(user: User, query: string, server: Server = this.server): Promise<unknown> {
    const answer = await this.raw(user, query, {}, server)
    if (field(answer, 'errors') !== undefined) throw new Error(`${query}: ${JSON.stringify(answer)}`)
    return field(answer, 'data')
  }

  /** Signs in with the provider and connects, past the browser. */
  async connected(user: User, provider: string, script: Record<string, string | number> = {}): Promise<void> {
    await this.signIn(user, provider, script)
    await this.ask(user, `mutation { connectProvider(provider: ${provider}) { id } }`)
  }

  /** The provider tokens that the newest grant has now. */
  async tokens(user: User, provider: string): Promise<string[]> {
    const grant = await this.control(`grants/${user.id}/${provider}`, undefined, 'GET')
    const tokens = [field(grant, 'currentAccessToken'), field(grant, 'currentRefreshToken')]
    return tokens.filter((token) => typeof token === 'string')
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop()
    await this.#simulator.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Direct refresh at the simulated provider: there "revoked" can be told from "down". */
export function directly(auth: string, provider = 'google'): Settings {
  const prefix = `PROVIDER_${provider.toUpperCase()}`
  return {
    [`${prefix}_CLIENT_ID`]: 'simulator-client',
    [`${prefix}_CLIENT_SECRET`]: 'simulator-secret',
    [`${prefix}_TOKEN_URL`]: new URL(`/providers/${provider}/token`, auth).href,
  }
}

/** A field of an object that is known to be one at run time alone. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined
}

/** The same, where it has to be a text. */
export function text(value: unknown, name: string): string {
  const found = field(value, name)
  if (typeof found !== 'string') throw new Error(`no ${name} in ${JSON.stringify(value)}`)
  return found
}
