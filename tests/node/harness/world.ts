import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Program } from './process.ts'

export const SERVICE_SECRET = 'service-secret-of-the-tests-0123456789'
/** base64 of "0123456789abcdef0123456789abcdef". */
const ENCRYPTION_KEYS = 'test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
export const JWT_KEY = 'jwt-secret-of-the-tests-0123456789'
const JWT_SECRET = JSON.stringify({ type: 'HS256', key: JWT_KEY })

export interface User {
  id: string
  jwt: string
}

/** What the simulator is asked to do: see its README, "The control API". */
type Script = Record<string, string | number | boolean>

/** The real server on SQLite beside the simulated Nhost Auth, each a process of its own. */
export class World {
  readonly #programs: Program[]
  readonly #folder: string
  /** The server's origin: `http://127.0.0.1:40123`. */
  readonly server: string
  /** `POST` here. */
  readonly graphql: string
  /** Base URL of the simulated Nhost Auth, with `/v1`. */
  readonly auth: string

  private constructor(programs: Program[], folder: string, server: string, auth: string) {
    this.#programs = programs
    this.#folder = folder
    this.server = server
    this.graphql = `${server}/graphql`
    this.auth = auth
  }

  /** `env` changes the server's settings. */
  static async start(env: Record<string, string> = {}): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-'))
    const [simulator, at] = await Program.start(
      'nhost-auth-simulator',
      [],
      { SIMULATOR_LISTEN: '127.0.0.1:0', SIMULATOR_JWT_SECRET: JWT_SECRET },
      folder,
      /Nhost Auth +(\S+)/,
    )
    const auth = at[1] ?? ''
    const settings = {
      LISTEN: '127.0.0.1:0',
      DATABASE_URL: 'sqlite://connections.db',
      NHOST_AUTH_URL: auth,
      NHOST_JWT_SECRET: JWT_SECRET,
      ENCRYPTION_KEYS,
      SERVICE_SECRET,
      LOG_FORMAT: 'json',
    }
    const [server, listens] = await Program.start(
      'provider-connections',
      ['serve'],
      { ...settings, ...env },
      folder,
      /"address":"([^"]+)"[^\n]*\n?/,
    )
    return new World([server, simulator], folder, `http://${listens[1]}`, auth)
  }

  /** A user who is signed in to the app. */
  async user(email: string): Promise<User> {
    const made = await this.control('users', { email })
    if (!isUser(made)) throw new Error(`the simulator made no user: ${JSON.stringify(made)}`)
    return { id: made.id, jwt: made.jwt }
  }

  /** What a sign-in of this user with the provider leaves behind at Nhost Auth, to be connected. */
  async signIn(user: User, provider: string, script: Script = {}): Promise<void> {
    await this.control('sign-in', { userId: user.id, provider, script })
  }

  /** One call of the simulator's control API; what it answers, or null where it says nothing. */
  async control(path: string, body?: unknown, method = 'POST'): Promise<unknown> {
    const url = new URL(`/control/${path}`, this.auth)
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? null : await response.json()
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) await program.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function isUser(value: unknown): value is User {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'jwt' in value &&
    typeof value.jwt === 'string'
  )
}
