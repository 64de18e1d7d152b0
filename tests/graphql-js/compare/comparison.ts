import type { GraphQLSchema } from 'graphql'

import { brokenRequest } from '../generate/broken.ts'
import { validRequest } from '../generate/document.ts'
import { hints, type Hints } from '../generate/hints.ts'
import { text } from '../json.ts'
import { listAsTheServer } from '../oracle/listing.ts'
import { Oracle, parsed, selected } from '../oracle/oracle.ts'
import type { Outcome } from '../oracle/outcome.ts'
import { grantsOf, recordsOf, signInUrls } from '../oracle/records.ts'
import { Random } from '../random.ts'
import type { Request } from '../request.ts'
import { type Answer, Client } from '../server/client.ts'
import type { User, World } from '../server/world.ts'
import { difference } from './differences.ts'
import { EXPLAINED } from './explained.ts'
import { shrunk } from './shrink.ts'
import type { Tally } from './tally.ts'

/** Of differences of one kind, so many are made small. */
const SHRUNK = 3

/** The server and graphql-js, holding the same. */
export class Comparison {
  readonly #schema: GraphQLSchema
  readonly #oracle: Oracle
  readonly #client: Client
  readonly #hints: Hints
  readonly #held: () => Promise<string>
  readonly #before: string

  private constructor(schema: GraphQLSchema, oracle: Oracle, client: Client, known: Hints, held: () => Promise<string>, before: string) {
    this.#schema = schema
    this.#oracle = oracle
    this.#client = client
    this.#hints = known
    this.#held = held
    this.#before = before
  }

  /** Connects two new users, and reads by plain documents all that the server holds of them. */
  static async start(world: World, schema: GraphQLSchema, name: string): Promise<Comparison> {
    const reader = await world.connected(`reader-${name}@example.com`, 'gitlab')
    const watcher = await world.connected(`watcher-${name}@example.com`, 'discord')
    const read = await recordsOf(world, reader, true)
    const watched = await recordsOf(world, watcher, false)
    await listAsTheServer(world, watcher, schema)
    const held = async () => JSON.stringify([await shown(world, reader), await shown(world, watcher)])
    const mine = { userId: watcher.id, records: watched, grants: await grantsOf(world, watcher), readsTokens: false }
    const theirs = { userId: reader.id, records: read, grants: await grantsOf(world, reader), readsTokens: true }
    const holders = new Map([['reader', theirs], ['watcher', mine], ['service', mine], ['nobody', null]] as const)
    const oracle = new Oracle(schema, holders, await everySignIn(world, watcher, schema))
    const ids = [...read, ...watched].flatMap(({ events }) => events.map((event) => text(event, 'id')))
    const client = new Client(world.graphql, { reader, watcher })
    return new Comparison(schema, oracle, client, hints([reader.id, watcher.id], ids), held, await held())
  }

  /** The nth request of this seed. */
  request(seed: number, index: number): Request {
    const random = Random.of(seed, index)
    const make = random.chance(0.55) ? validRequest : brokenRequest
    return make(random, this.#schema, this.#hints)
  }

  /** Compares one. False: the server did something that graphql-js had not done; nothing compares after it. */
  async compare(request: Request, tally: Tally): Promise<boolean> {
    const expected = await this.#oracle.ask(request)
    if (expected === null) {
      tally.notCompared += 1
      return true
    }
    tally.count(expected.class, expected.rules)
    const answer = await this.#answer(request, expected)
    const what = difference(expected, answer)
    if (what !== null) await this.#note(request, expected, answer, what, tally)
    if (!mutates(request) || (await this.#held()) === this.#before) return true
    tally.findings.push({ request, what: 'it changed what the server holds', answer: answer.body })
    return false
  }

  async #note(request: Request, expected: Outcome, answer: Answer, what: string, tally: Tally): Promise<void> {
    const reason = EXPLAINED.find(({ holds }) => holds(request, expected, answer))
    if (reason !== undefined) return tally.explained(reason)
    const known = tally.findings.filter((finding) => kindOf(finding.what) === kindOf(what)).length
    const small = mutates(request) || known >= SHRUNK ? request : await shrunk(request, async (smaller) => (await this.#differs(smaller)) === kindOf(what))
    tally.findings.push({ request: small, what, answer: (await this.#answer(small, (await this.#oracle.ask(small)) ?? expected)).body })
  }

  /** The kind of difference that this one shows; nothing where it shows none, or changes something. */
  async #differs(request: Request): Promise<string | null> {
    const expected = await this.#oracle.ask(request)
    if (expected === null || mutates(request)) return null
    const answer = await this.#answer(request, expected)
    const what = difference(expected, answer)
    return what === null || EXPLAINED.some(({ holds }) => holds(request, expected, answer)) ? null : kindOf(what)
  }

  async #answer(request: Request, expected: Outcome): Promise<Answer> {
    return await this.#client.ask(request, expected.class === 'executed' && operationOf(request) === 'subscription')
  }
}

/** A difference without its place: `data`, `errors`, or the two classes. */
function kindOf(what: string): string {
  return what.replace(/^(data|errors)\b.*$/s, '$1')
}

export function mutates(request: Request): boolean {
  return operationOf(request) === 'mutation'
}

function operationOf({ query, operationName }: Request): string | undefined {
  const document = parsed(query)
  return document === null ? undefined : selected(document, operationName)?.operation
}

/** What mutations would change. */
async function shown(world: World, user: User): Promise<unknown> {
  return await world.ask(user, '{ providerConnections { id status refreshedAt connectedAt } providerAccessGrants { clientId provider grantedAt } }')
}

async function everySignIn(world: World, user: User, schema: GraphQLSchema): Promise<Map<string, ReadonlyMap<string, string>>> {
  const providers = schema.getType('OAuthProvider')
  if (providers === undefined || !('getValues' in providers)) throw new Error('the schema has no OAuthProvider')
  const names = providers.getValues().map(({ name }) => name)
  return new Map(await Promise.all(names.map(async (name): Promise<[string, ReadonlyMap<string, string>]> => [name, await signInUrls(world, user, name)])))
}

