import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Program } from './process.ts'
import { Simulator } from './simulator.ts'

export type { User } from './simulator.ts'

export const SERVICE_SECRET = 'service-secret-of-the-tests-0123456789'
/** base64 of "0123456789abcdef0123456789abcdef". */
export const ENCRYPTION_KEYS = 'test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
export const JWT_KEY = 'jwt-secret-of-the-tests-0123456789'
export const JWT_SECRET = JSON.stringify({ type: 'HS256', key: JWT_KEY })

/** The real server on SQLite beside the simulated Nhost Auth, each a process of its own. */
export class World extends Simulator {
  readonly #programs: Program[]
  readonly #folder: string
  /** The server's origin: `http://127.0.0.1:40123`. */
  readonly server: string
  /** `POST` here. */
  readonly graphql: string

  private constructor(programs: Program[], folder: string, server: string, auth: string) {
    super(auth)
    this.#programs = programs
    this.#folder = folder
    this.server = server
    this.graphql = `${server}/graphql`
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
      // Nobody asks real providers whose the simulated tokens are.
      ACCOUNT_LOOKUP: 'off',
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

  async stop(): Promise<void> {
    for (const program of this.#programs) await program.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
