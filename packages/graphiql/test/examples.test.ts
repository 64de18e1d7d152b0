import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'

import { Kind, buildSchema, parse, validate } from 'graphql'

const root = new URL('../../../', import.meta.url)
const folder = new URL('src/http/graphiql/examples/', root)
const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'))
const names = readdirSync(folder)

describe('the examples', () => {
  for (const name of names) {
    it(`${name} is a valid operation with a name, which its tab has`, () => {
      const document = parse(readFileSync(new URL(name, folder), 'utf8'))
      assert.deepEqual(validate(schema, document), [])
      assert.equal(document.definitions.length, 1)
      const [operation] = document.definitions
      assert.ok(operation?.kind === Kind.OPERATION_DEFINITION)
      // Without the type graphql-js finds nothing wrong with what is selected of it.
      assert.ok(schema.getRootType(operation.operation), `there is no ${operation.operation}`)
      assert.equal(operation.name?.value.toLowerCase(), name.replace('.graphql', ''))
    })
  }

  it('are there for everything that a user does', () => {
    const all = names.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n')
    for (const type of [schema.getMutationType(), schema.getSubscriptionType()]) {
      for (const field of Object.keys(type?.getFields() ?? {})) assert.match(all, new RegExp(`\\b${field}\\b`))
    }
    for (const field of ['providerConnections', 'providerConnection', 'events']) assert.match(all, new RegExp(`\\b${field}\\b`))
  })
})
