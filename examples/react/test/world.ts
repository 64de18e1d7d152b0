import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'
import { preview } from 'vite'

import { Program } from '../../../tests/node/harness/process.ts'
import { policy } from '../vite.config.ts'
import { built, type Mode, type PageName } from './built.ts'
import { launched } from './browser.ts'
import { Person } from './person.ts'

interface Options {
  /** `development`: React mounts everything twice under StrictMode, as it does nowhere else. */
  mode?: Mode
  /** The folder whose index.html is built. */
  page?: PageName
}

/** The demo's server and simulator, the built app on an origin of its own, and a browser. Nothing that changes is shared between tests. */
export class World {
  readonly #demo: Program
  readonly #browser: Browser
  readonly #close: () => Promise<void>
  readonly origin: string
  readonly graphql: string
  readonly auth: string
  readonly people: Person[] = []

  private constructor(demo: Program, browser: Browser, close: () => Promise<void>, origin: string, graphql: string, auth: string) {
    this.#demo = demo
    this.#browser = browser
    this.#close = close
    this.origin = origin
    this.graphql = graphql
    this.auth = auth
  }

  static async start({ mode = 'development', page = 'app' }: Options = {}): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-react-'))
    const free = ['--listen', '127.0.0.1:0', '--simulator-listen', '127.0.0.1:0']
    const starting = Program.start('provider-connections', ['demo', ...free], { RUST_LOG: 'error' }, folder, /(http:\S+\/graphql)[^]*?(http:\S+\/v1)/)
    const [[demo, ready], app, browser] = await Promise.all([starting, built(mode, page), launched()])
    const [graphql, auth] = [ready[1] ?? '', ready[2] ?? '']
    await app.at(graphql, auth, `${folder}/dist`)
    const served = await preview({
      root: folder,
      configFile: false,
      logLevel: 'error',
      preview: { host: '127.0.0.1', port: 0, headers: { 'Content-Security-Policy': policy(new URL(graphql).origin, new URL(auth).origin) } },
    })
    const close = async () => {
      await served.close()
      await rm(folder, { recursive: true, force: true })
    }
    const address = served.httpServer.address()
    if (typeof address !== 'object' || address === null) throw new Error('the page is served nowhere')
    return new World(demo, browser, close, `http://127.0.0.1:${address.port}`, graphql, auth)
  }

  /** Somebody with a browser of their own. `email` is their account at every provider. */
  async person(email: string): Promise<Person> {
    const person = await Person.arrive(this.#browser, this.origin, email)
    this.people.push(person)
    return person
  }

  /** Lets time pass: for the server, Nhost Auth, the providers, and everybody's page. */
  async pass(seconds: number): Promise<void> {
    await this.control('clock/advance', { seconds })
    for (const { context } of this.people) await context.clock.fastForward(seconds * 1000)
  }

  /** How often the server has fetched a provider session from Nhost Auth. */
  async sessionsFetched(): Promise<number> {
    const calls = await this.control('calls', undefined, 'GET')
    if (!Array.isArray(calls)) throw new Error('the simulator keeps no calls')
    return calls.filter((call: unknown) => JSON.stringify(call).includes('"providerTokens"')).length
  }

  /** The id of the user with this address. */
  async userId(email: string): Promise<string> {
    const user = await this.control('users', { email })
    if (typeof user === 'object' && user !== null && 'id' in user) return String(user.id)
    throw new Error('the simulator made no user')
  }

  /** One call of the simulator's control API: see its README. */
  async control(path: string, body?: unknown, method = 'POST'): Promise<unknown> {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(new URL(`/control/${path}`, this.auth), { method, ...json })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async stop(): Promise<void> {
    for (const { context } of this.people) await context.close()
    await this.#close()
    await this.#demo.stop()
  }
}

/** Runs `story` in a world of its own. */
export async function inWorld(options: Options, story: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start(options)
  try {
    await story(world)
    for (const { email, complaints } of world.people) if (complaints.length > 0) throw new Error(`${email}'s page: ${complaints.join('\n')}`)
  } finally {
    await world.stop()
  }
}
