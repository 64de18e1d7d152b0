import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { buildSchema, Kind, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

import { QUERIES } from './queries/queries.ts'

test('the queries use every root field but the subscription, and every field of a connection', async () => {
  const schema = buildSchema(await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8'))
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getType('ProviderConnection')]
  const all = types.flatMap((type) => (type && 'getFields' in type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : []))
  const used = new Set<string>()
  for (const { query } of QUERIES) {
    const info = new TypeInfo(schema)
    const note = { enter: (node: { readonly kind: string }) => void (node.kind === Kind.FIELD && used.add(`${info.getParentType()?.name}.${info.getFieldDef()?.name}`)) }
    // One of them is no GraphQL on purpose.
    if (query !== '{ providerConnections { ') visit(parse(query), visitWithTypeInfo(info, note))
  }
  assert.deepEqual(all.filter((field) => !used.has(field)), [])
})

test('no two queries have the same name', () => {
  assert.equal(new Set(QUERIES.map(({ name }) => name)).size, QUERIES.length)
})
