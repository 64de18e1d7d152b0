import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { isObjectType, type GraphQLSchema, print, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

import { isValid, parsed, RULES } from '../oracle/oracle.ts'
import { schemaOf } from '../oracle/schema.ts'
import { Random } from '../random.ts'
import type { Request } from '../request.ts'
import { BREAKS } from './breaks.ts'
import { brokenRequest } from './broken.ts'
import { validRequest } from './document.ts'
import { hints } from './hints.ts'
import { disguised, tokens } from './noise.ts'

/** Documents of each sort. */
const MANY = 2000

const schema = schemaOf(await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8'))
const known = hints(['c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c11'], ['kSzVvHbXqB3m', 'Zp0c7tYw2n8L'])
const make = (how: (random: Random, schema: GraphQLSchema, known: ReturnType<typeof hints>) => Request) =>
  Array.from({ length: MANY }, (_, index) => how(Random.of(12, index), schema, known))
const valid = make(validRequest)
const broken = make(brokenRequest)

test('valid documents reach every field, argument and directive of the schema', () => {
  const reached = new Set<string>()
  for (const { query } of valid) {
    const document = parsed(query)
    if (document === null || !isValid(schema, document, RULES)) continue
    const types = new TypeInfo(schema)
    const look = {
      Field: () => void reached.add(`${types.getParentType()?.name}.${types.getFieldDef()?.name}`),
      Argument: () => void reached.add(`${types.getDirective()?.name ?? `${types.getParentType()?.name}.${types.getFieldDef()?.name}`}(${types.getArgument()?.name}:)`),
      Directive: () => void reached.add(`@${types.getDirective()?.name}`),
    }
    visit(document, visitWithTypeInfo(types, look))
  }
  const wanted = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap(({ name, args }) => [`${type.name}.${name}`, ...args.map((argument) => `${type.name}.${name}(${argument.name}:)`)]),
    )
  wanted.push('Query.__schema', 'Query.__type', 'Query.__type(name:)', 'Query.__typename', 'Mutation.__typename', '@skip', '@include', 'skip(if:)', 'include(if:)')
  assert.deepEqual(wanted.filter((coordinate) => !reached.has(coordinate)), [])
})

test('most documents that are meant to be valid are', () => {
  const mistaken = valid.filter(({ query }) => {
    const document = parsed(query)
    return document === null || !isValid(schema, document, RULES)
  })
  assert.ok(mistaken.length < MANY / 10, `${mistaken.length} of ${MANY} are not`)
})

test('broken documents break every rule of graphql-js', () => {
  const counts = new Map(RULES.map(({ name }) => [name, 0]))
  for (const { query } of broken) {
    const document = parsed(query)
    if (document === null) continue
    for (const rule of RULES) if (!isValid(schema, document, [rule])) counts.set(rule.name, (counts.get(rule.name) ?? 0) + 1)
  }
  assert.deepEqual([...counts].filter(([, count]) => count === 0), [])
  assert.deepEqual([...counts.keys()].map((name) => name.replace(/Rule$/, '')).sort(), Object.keys(BREAKS).sort(), 'a way to break each rule')
})

test('each way to break a document breaks the rule that it is named after', () => {
  for (const [name, way] of Object.entries(BREAKS)) {
    const rule = RULES.find((one) => one.name === `${name}Rule`)
    assert.ok(rule, `graphql-js has no ${name}`)
    const hits = valid.slice(0, 200).filter(({ query }, index) => {
      const document = parsed(query)
      const after = document === null ? undefined : way(Random.of(1, index), document)
      return after !== undefined && !isValid(schema, after, [rule])
    })
    assert.ok(hits.length > 0, name)
  }
})

test('a document looks otherwise and means the same', () => {
  for (const [index, { query }] of valid.entries()) {
    const document = parsed(query)
    if (document === null) continue
    const other = parsed(disguised(Random.of(2, index), tokens(query)))
    assert.ok(other, query)
    // Blocks and quotes differ in print; what they mean is compared by their tokens.
    assert.equal(unblocked(print(other)), unblocked(print(document)))
  }
})

test('the same seed makes the same documents', () => {
  assert.deepEqual(make(validRequest), valid)
  assert.notDeepEqual(validRequest(Random.of(13, 0), schema, known), valid[0])
})

function unblocked(document: string): string {
  return tokens(document).map(({ text, value }) => (value === undefined ? text : JSON.stringify(value))).join(' ')
}
