import type { GraphQLSchema } from 'graphql'

import { type Effect, effect } from '../generate/effects.ts'
import { member } from '../json.ts'
import { Oracle } from '../oracle/oracle.ts'
import { type Record, recordsOf } from '../oracle/records.ts'
import type { Effects } from '../oracle/resolvers.ts'
import { Random } from '../random.ts'
import { Client } from '../server/client.ts'
import type { User, World } from '../server/world.ts'
import { difference } from './differences.ts'
import type { Tally } from './tally.ts'

/** What graphql-js did. */
class Ledger implements Effects {
  readonly done = { connectProvider: 0, refreshProviderToken: 0, disconnectProvider: 0 }
  readonly records: Record[]
  readonly #before: readonly Record[]
  readonly #after: readonly Record[]

  constructor(before: readonly Record[], after: readonly Record[]) {
    this.#before = before
    this.#after = after
    this.records = [...before]
  }

  connect(): Record {
    this.done.connectProvider += 1
    return this.#held(this.#after)
  }

  refresh(): Record {
    this.done.refreshProviderToken += 1
    return this.#held(this.#after)
  }

  disconnect(): unknown {
    this.done.disconnectProvider += 1
    this.records.length = 0
    return this.#held(this.#before).plain
  }

  #held(records: readonly Record[]): Record {
    const [record] = records
    if (record === undefined) throw new Error('the server holds no connection that graphql-js has one of')
    return record
  }
}

/**
 * Sends mutations that do something, each for a user of its own, and compares the answers, and how often
 * it was done by what the server and Nhost Auth noted.
 */
export async function compareEffects(world: World, schema: GraphQLSchema, seed: number, count: number, tally: Tally): Promise<void> {
  for (let index = 0; index < count; index++) {
    const made = effect(Random.of(seed + 1, index))
    const user = await world.user(`effect-${index}@example.com`)
    if (made.mutation === 'connectProvider') await world.signIn(user, 'google', { lifetime: 86_400 })
    else await world.connect(user, 'google')
    const what = await differs(world, schema, user, made)
    tally.effects += 1
    if (what !== null) tally.findings.push({ request: made.request, ...what })
  }
}

async function differs(world: World, schema: GraphQLSchema, user: User, { mutation, request }: Effect) {
  const before = await recordsOf(world, user, false)
  await world.control('calls', undefined, 'DELETE')
  const client = new Client(world.graphql, { reader: user, watcher: user })
  const answer = await client.ask(request, false)
  const calls = await world.control('calls', undefined, 'GET')
  const after = await recordsOf(world, user, false)
  const ledger = new Ledger(before, after)
  const holder = { userId: user.id, records: ledger.records, readsTokens: false }
  const oracle = new Oracle(schema, new Map([['watcher', holder]]), new Map())
  const expected = await oracle.ask(request, ledger)
  if (expected === null) throw new Error('what has effects is compared')
  const what = difference(expected, answer) ?? miscounted(mutation, ledger.done[mutation], before, after, calls)
  return what === null ? null : { what, answer: answer.body }
}

/** Once, and only where graphql-js did it: by the events, the connections, and the calls to Nhost Auth and to Google. */
function miscounted(mutation: Effect['mutation'], times: number, before: readonly Record[], after: readonly Record[], calls: unknown): string | null {
  const called = (endpoint: string) => (Array.isArray(calls) ? calls.filter((call) => member(call, 'endpoint') === endpoint).length : 0)
  const events = (kinds: string[]) => after.flatMap((record) => record.events).filter((event) => kinds.includes(`${member(event, 'kind')}`)).length
  const once = Math.min(times, 1)
  const expectations = (): [string, number, number][] => {
    switch (mutation) {
      case 'connectProvider':
        // Under another alias it is asked for again: a newer sign-in would count.
        return [['CONNECTED events', events(['CONNECTED']), once], ['calls for a session', called('providerTokens'), times]]
      case 'refreshProviderToken':
        return [['REFRESHED and ROTATED events', events(['REFRESHED', 'ROTATED']), once], ['calls to Google', called('providerToken'), once]]
      case 'disconnectProvider':
        return [['connections left', after.length, before.length - once]]
    }
  }
  const wrong = expectations().find(([, found, wanted]) => found !== wanted)
  return wrong === undefined ? null : `graphql-js did it ${times} times; ${wrong[0]}: ${wrong[1]}, not ${wrong[2]}`
}
