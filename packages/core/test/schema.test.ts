import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { buildSchema, type GraphQLField, isEnumType, isNonNullType, isObjectType, parse, validate } from 'graphql'

import { isProvider } from '../../element/src/providers.js'
import { CHANGED } from '../../element/src/operations.js'
import { connectionsOf, revocationOf } from '../src/answers.ts'
import { documents } from '../src/index.ts'

const schema = buildSchema(await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8'))

function valuesOf(name: string): string[] {
  const type = schema.getType(name)
  if (!isEnumType(type)) throw new Error(`${name} is no enum`)
  return type.getValues().map((value) => value.name)
}

test('every document that is sent is valid by schema.graphql', () => {
  for (const [name, document] of [...Object.entries(documents), ['changed', CHANGED] as const]) {
    assert.deepEqual(validate(schema, parse(document)), [], name)
  }
})

test('every provider, status and revocation of the schema has its type here', () => {
  assert.deepEqual(valuesOf('OAuthProvider').filter((provider) => !isProvider(provider)), [])
  const connections = connectionsOf(valuesOf('ProviderConnectionStatus').map((status) => ({ provider: 'google', status })))
  assert.deepEqual(connections.map(({ status }) => status), valuesOf('ProviderConnectionStatus'))
  assert.deepEqual(valuesOf('ProviderRevocation').map(revocationOf), valuesOf('ProviderRevocation'))
})

test('a connection has the fields that are asked for, and null where the schema says so', () => {
  const type = schema.getType('ProviderConnection')
  if (!isObjectType(type)) throw new Error('there is no ProviderConnection')
  const [connection] = connectionsOf([{ provider: 'google', status: 'ACTIVE' }])
  for (const [name, value] of Object.entries(connection ?? {})) {
    const field: GraphQLField<unknown, unknown> | undefined = type.getFields()[name]
    assert.ok(field, name)
    assert.equal(value === null, !isNonNullType(field.type), name)
    assert.ok(documents.list.includes(name), name)
  }
})

test('what a newer server knows is left out, and what is no answer is no connection', () => {
  assert.deepEqual(connectionsOf([{ provider: 'myspace', status: 'ACTIVE' }, { provider: 'google', status: 'NEW' }, null, 3]), [])
  assert.deepEqual(connectionsOf(undefined), [])
})
