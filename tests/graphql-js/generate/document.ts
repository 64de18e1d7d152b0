import { type GraphQLObjectType, type GraphQLSchema } from 'graphql'

import type { Random } from '../random.ts'
import type { Request } from '../request.ts'
import type { Hints } from './hints.ts'
import { disguised, tokens } from './noise.ts'
import { type Budget, Selections } from './selections.ts'
import { Values, WRONG_JSON } from './values.ts'
import { Variables } from './variables.ts'

type Operation = { name: string; text: string; fragments: string[]; json: Map<string, string> }

/** A request whose document is meant to be valid. */
export function validRequest(random: Random, schema: GraphQLSchema, hints: Hints): Request {
  const count = random.pick([1, 1, 1, 1, 1, 1, 2, 2, 3])
  const budget: Budget = { fields: 40, events: 2, introspected: 2 }
  const operations = Array.from({ length: count }, (_, at) => operation(random, schema, hints, budget, at, count > 1))
  const definitions = random.shuffled(operations.flatMap(({ text, fragments }) => [text, ...fragments]))
  const document = definitions.join('\n')
  const query = random.chance(0.5) ? document : disguised(random, tokens(document))
  const selected = random.pick(operations)
  return {
    query,
    ...operationName(random, selected.name, count),
    ...variables(random, selected.json),
    caller: caller(random, query),
    strict: random.chance(0.5),
  }
}

/** Whoever reads an access token is the reader: it adds to the list of events. */
export function caller(random: Random, query: string): Request['caller'] {
  if (random.chance(0.04)) return 'nobody'
  if (query.includes('accessToken') || query.includes('refreshProviderToken')) return 'reader'
  return random.chance(0.1) ? 'service' : 'watcher'
}

function operation(random: Random, schema: GraphQLSchema, hints: Hints, budget: Budget, at: number, named: boolean): Operation {
  const kind = random.pick(['query', 'query', 'query', 'query', 'query', 'query', 'query', 'query', 'mutation', 'mutation', 'subscription'])
  const values = new Values(random, hints)
  const variables = new Variables(random, values)
  const selections = new Selections(random, values, variables, root(schema, kind), budget, 'abc'.charAt(at))
  const text = selections.write(kind === 'subscription')
  const name = named || random.chance(0.4) ? `${random.pick(['Op', 'query', 'on', 'null'])}${named ? at : ''}` : ''
  const definitions = variables.definitions()
  const short = kind === 'query' && name === '' && definitions === '' && random.chance(0.7)
  const fragments = selections.fragments.map((fragment) => fragment.text)
  return { name, text: short ? text : `${kind} ${name}${definitions} ${text}`, fragments, json: variables.json }
}

function root(schema: GraphQLSchema, kind: string): GraphQLObjectType {
  const found = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }
  const type = new Map(Object.entries(found)).get(kind)
  if (type === undefined || type === null) throw new Error(`the schema has no ${kind}`)
  return type
}

function operationName(random: Random, name: string, count: number): Pick<Request, 'operationName'> {
  if (random.chance(0.03)) return { operationName: random.pick(['Missing', name.toLowerCase() + '_']) }
  if (count > 1 && random.chance(0.95)) return { operationName: name }
  if (name !== '' && random.chance(0.5)) return { operationName: name }
  return random.chance(0.2) ? { operationName: null } : {}
}

function variables(random: Random, json: Map<string, string>): Pick<Request, 'variables'> {
  const sent = new Map(json)
  if (random.chance(0.05)) sent.set('undeclared', '1')
  for (const name of json.keys()) if (random.chance(0.02)) sent.set(name, random.pick(WRONG_JSON))
  if (sent.size > 0) return { variables: sent }
  return random.pick([{}, { variables: null }, { variables: sent }])
}
