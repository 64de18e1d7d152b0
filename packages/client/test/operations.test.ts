import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { buildSchema, isObjectType, Kind, parse, specifiedRules, validate } from 'graphql'

import * as exported from '../src/index.ts'

const at = (path: string) => new URL(`../${path}`, import.meta.url)
const schema = buildSchema(await readFile(at('../../schema.graphql'), 'utf8'))
const operations = parse(await readFile(at('src/operations.graphql'), 'utf8'))

test('every query and mutation of the schema has an operation', () => {
  const used = operations.definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : []))
  const names = new Set(used.map((field) => (field.kind === Kind.FIELD ? field.name.value : '')))
  const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) => (isObjectType(type) ? Object.keys(type.getFields()) : []))
  assert.deepEqual(roots.filter((field) => !names.has(field)), [])
})

test('every field of a connection that needs no arguments is asked for, but the access token', () => {
  const type = schema.getType('ProviderConnection')
  const fragment = operations.definitions.find((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === 'Connection')
  assert.ok(isObjectType(type) && fragment?.kind === Kind.FRAGMENT_DEFINITION)
  const asked = fragment.selectionSet.selections.map((field) => (field.kind === Kind.FIELD ? field.name.value : ''))
  assert.deepEqual(asked.toSorted(), Object.keys(type.getFields()).filter((field) => !['accessToken', 'events'].includes(field)).sort())
})

test('every text that is exported is a whole operation, valid by the schema', () => {
  const texts = Object.entries(exported).flatMap(([name, value]) => (name.endsWith('Document') && value instanceof exported.TypedDocumentString ? [[name, value.toString()] as const] : []))
  assert.equal(texts.length, operations.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length)
  for (const [name, text] of texts) assert.deepEqual(validate(schema, parse(text), specifiedRules), [], name)
})
