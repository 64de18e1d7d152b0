import { Live } from '../../element/src/live.js'
import { Reads } from '../../element/src/reads.js'
import { field } from '../../element/src/json.js'
import { Schedule } from '../../element/src/schedule.js'
import type { Session } from '../../element/src/session.js'
import { connectionsOf, ofNeeded } from './answers.ts'
import type { Asker } from './asker.ts'
import { documents } from './documents.ts'
import type { Answer } from '../../client/src/post.ts'
import { type Failure, failureOf, isSignedOut } from './failures.ts'
import { later } from './timers.ts'
import type { Connection, NeededScopes, OAuthProvider, Store } from './types.ts'

/** How long it goes on after the last listener has gone, in milliseconds: a page that is changed for another asks once. */
const LINGER = 5_000

export interface ConnectionsState {
  /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
  connections: readonly Connection[]
  /** Nothing has been read yet. */
  loading: boolean
  /** Why the last read failed. */
  error: Failure | null
  /** Whether changes are heard at once, rather than asked for every ten seconds. */
  live: boolean
}

const NOTHING: ConnectionsState = { connections: [], loading: true, error: null, live: false }

interface Options {
  asker: Asker
  session: Session
  endpoint: string
  live: boolean
  needed: NeededScopes
  /** What is shown until the first answer is there: of a server that has rendered the page. */
  initial: readonly Connection[] | undefined
  /** The connection was made, healed or ended: what is held of it may be wrong. */
  changed: (provider: OAuthProvider) => void
  /** Follows the app's session, until what this answers is called. */
  follow: () => () => void
}

/** One user's connections: read at once, and again as soon as the server says that something has changed, or every ten seconds. */
export class ConnectionList implements Store<ConnectionsState> {
  readonly #asker: Asker
  readonly #changed: Options['changed']
  readonly #follow: Options['follow']
  readonly #liveWanted: boolean
  readonly #needed: NeededScopes
  readonly #live: Live
  readonly #schedule: Schedule
  readonly #listeners = new Set<() => void>()
  #first: ConnectionsState
  #state: ConnectionsState
  #holders = 0
  #running = false
  #lingering: ReturnType<typeof setTimeout> | undefined
  #unfollow = () => {}
  readonly #reads = new Reads(async () => await this.#read())
  #epoch = 0
  /** Whether the server is of a release that does not know all fields. */
  #older = false

  constructor({ asker, session, endpoint, live, needed, initial, changed, follow }: Options) {
    this.#asker = asker
    this.#changed = changed
    this.#follow = follow
    this.#liveWanted = live
    this.#needed = needed
    this.#first = initial === undefined ? NOTHING : { ...NOTHING, connections: initial.map((one) => withNeeded(one, needed)), loading: false }
    this.#state = this.#first
    this.#live = new Live(
      () => new URL(endpoint, globalThis.document?.baseURI),
      session,
      () => void this.refetch(),
      () => this.#listen(),
    )
    this.#schedule = new Schedule((why) => {
      this.#listen()
      if (why !== 'hidden') void this.refetch()
    })
  }

  readonly snapshot = (): ConnectionsState => this.#state
  readonly serverSnapshot = (): ConnectionsState => this.#first

  readonly subscribe = (listener: () => void): (() => void) => {
    const release = this.retain()
    this.#listeners.add(listener)
    return () => {
      if (this.#listeners.delete(listener)) release()
    }
  }

  /** Keeps it up to date until what this answers is called. */
  readonly retain = (): (() => void) => {
    this.#holders += 1
    clearTimeout(this.#lingering)
    if (!this.#running) this.#start()
    let held = true
    return () => {
      if (held) this.#holders -= 1
      if (held && this.#holders === 0) this.#linger()
      held = false
    }
  }

  readonly loaded = async (): Promise<void> => {
    const release = this.retain()
    while (this.#state.loading) await this.#reads.last
    release()
  }

  /** Reads it now; after the read that is under way, if there is one. What goes wrong is in the state. */
  readonly refetch = async (): Promise<void> => {
    await this.#reads.again()
  }

  /** Forgets one user's, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
  forget(): void {
    this.#epoch += 1
    this.#first = NOTHING
    this.#state = NOTHING
    this.#reads.drop()
  }

  /** Reads the next user's where anybody listens. */
  restart(): void {
    this.#live.stop()
    if (this.#running) void this.refetch()
    for (const listener of this.#listeners) listener()
  }

  async #read(): Promise<void> {
    const epoch = this.#epoch
    try {
      const { data, errors } = await this.#ask()
      // A field that can't be answered, of scopes that are none, say, leaves the others.
      if (epoch === this.#epoch) this.#seen(connectionsOf(field(data, 'providerConnections'), this.#needed), errors[0] ?? null)
    } catch (thrown) {
      const error = failureOf(thrown)
      if (epoch === this.#epoch) this.#show({ ...this.#state, ...(isSignedOut(error.code) ? { connections: [] } : {}), loading: false, error })
    }
    this.#listen()
  }

  async #ask(): Promise<Answer> {
    try {
      if (!this.#older) return await this.#asker.ask(documents.list, { scopes: [...new Set(Object.values(this.#needed).flat())] })
    } catch (thrown) {
      if (failureOf(thrown).code !== 'GRAPHQL_VALIDATION_FAILED') throw thrown
      this.#older = true
    }
    return await this.#asker.ask(documents.listBefore, {})
  }

  #seen(found: readonly Connection[], error: Failure | null): void {
    const { connections, loading } = this.#state
    const same = JSON.stringify(found) === JSON.stringify(connections)
    this.#show({ ...this.#state, connections: same ? connections : found, loading: false, error })
    // A first list is no change: tokens are being read already.
    if (same || loading) return
    for (const provider of new Set([...connections, ...found].map((one) => one.provider))) {
      if (version(connections, provider) !== version(found, provider)) this.#changed(provider)
    }
  }

  #show(state: ConnectionsState): void {
    const { connections, loading, error, live } = this.#state
    if (state.connections === connections && state.loading === loading && state.error === error && state.live === live) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  /** Hears of changes where that is wanted and can be; asks again and again where not. */
  #listen(): void {
    const { loading, error } = this.#state
    const visible = globalThis.document?.visibilityState !== 'hidden'
    const wanted = this.#running && this.#liveWanted && globalThis.WebSocket !== undefined && visible && !loading && error === null
    if (wanted) this.#live.start(this.#asker.user)
    else this.#live.stop()
    this.#schedule.poll(!this.#live.connected || error !== null)
    this.#show({ ...this.#state, live: this.#live.connected })
  }

  #start(): void {
    this.#running = true
    this.#unfollow = this.#follow()
    if (globalThis.document !== undefined) this.#schedule.start()
    void this.refetch()
  }

  #linger(): void {
    this.#lingering = later(() => {
      this.#running = false
      this.#epoch += 1
      this.#unfollow()
      this.#schedule.stop()
      this.#live.stop()
      // Who signs in while nobody looks is not noticed: nothing is left for them to see.
      this.#show(NOTHING)
    }, LINGER)
  }
}

/** `missingScopes` as a server that has rendered the page asked for it: of any provider. */
function withNeeded(connection: Connection, needed: NeededScopes): Connection {
  return { ...connection, missingScopes: ofNeeded(connection.missingScopes, needed[connection.provider]) }
}

/** What a token depends on. */
function version(connections: readonly Connection[], provider: OAuthProvider): string {
  const one = connections.find((connection) => connection.provider === provider)
  return one === undefined ? '' : `${one.id} ${one.connectedAt} ${one.status}`
}
