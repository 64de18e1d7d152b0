import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { RenameObjectFields, RenameRootFields, RenameTypes, schemaFromExecutor, WrapType, wrapSchema } from '@graphql-tools/wrap'
import { buildHTTPExecutor } from '@graphql-tools/executor-http'
import { buildSchema, graphql, printSchema, validateSchema } from 'graphql'

import { World } from '../harness/world.ts'
import { at } from '../hasura/json.ts'
import { bearer, connected, row, tokenOf } from '../hasura/setting.ts'
import { type Customization, gatewayBefore } from './gateway.ts'

const world = await World.start()
after(() => world.stop())
const ada = await connected(world, 'ada@example.com', 'google')
const json = (result: unknown): unknown => JSON.parse(JSON.stringify(result))

/** Hasura's `type_names` (prefix and suffix) and `field_names`, as this gateway has them. */
const RENAMED: Customization = {
  transforms: [
    new RenameTypes((name) => (['uuid', 'timestamptz'].includes(name) ? name : `oauth_${name}_v1`)),
    new RenameRootFields((_, name) => `oauth_${name}`),
    new RenameObjectFields((type, field) =>
      type === 'oauth_ProviderConnection_v1' && field === 'accessToken' ? 'token' : field,
    ),
  ],
  batch: true,
  connection: 'oauth_ProviderConnection_v1',
  provider: 'oauth_OAuthProvider_v1',
  list: 'oauth_providerConnections',
}

test('with other names for types and fields, all is merged and answered', async () => {
  const gateway = await gatewayBefore(world.graphql, [row(ada)], RENAMED)
  assert.deepEqual(validateSchema(gateway.schema), [])
  buildSchema(printSchema(gateway.schema))
  const query = /* GraphQL */ `
    query ($only: [oauth_OAuthProvider_v1!]) {
      users { connections(providers: $only) { __typename provider token(minValidFor: 0) } }
      one: oauth_providerConnection(provider: google) { ... on oauth_ProviderConnection_v1 { token status } }
    }
  `
  const token = await tokenOf(world, ada, 'google')
  assert.deepEqual(json(await gateway.ask(bearer(ada), query, { only: ['google'] })), {
    data: {
      users: [{ connections: [{ __typename: 'oauth_ProviderConnection_v1', provider: 'google', token }] }],
      one: { token, status: 'ACTIVE' },
    },
  })
})

test('with other names, mutations work and errors come under them', async () => {
  const gateway = await gatewayBefore(world.graphql, [row(ada)], RENAMED)
  const good = 'mutation ($p: oauth_OAuthProvider_v1!) { oauth_refreshProviderToken(provider: $p, minValidFor: 0) { token } }'
  const token = await tokenOf(world, ada, 'google')
  assert.deepEqual(json(await gateway.ask(bearer(ada), good, { p: 'google' })), {
    data: { oauth_refreshProviderToken: { token } },
  })
  const missing = json(await gateway.ask(bearer(ada), good, { p: 'strava' }))
  assert.deepEqual(at(missing, 'errors', 0, 'path'), ['oauth_refreshProviderToken'])
  assert.equal(at(missing, 'errors', 0, 'extensions', 'code'), 'NOT_CONNECTED')
  const bad = json(await gateway.ask(bearer(ada), '{ oauth_providerConnections { provider token(minValidFor: -1) } }'))
  assert.deepEqual(at(bad, 'data'), { oauth_providerConnections: [{ provider: 'google', token: null }] })
  assert.deepEqual(at(bad, 'errors', 0, 'path'), ['oauth_providerConnections', 0, 'token'])
})

test('in a namespace of its own (root_fields_namespace) queries, mutations and errors work', async () => {
  const authorization = bearer(ada).authorization
  const executor = buildHTTPExecutor({ endpoint: world.graphql, headers: { authorization } })
  const transforms = [new WrapType('Query', 'oauth_query', 'oauth'), new WrapType('Mutation', 'oauth_mutation', 'oauth')]
  const schema = wrapSchema({ schema: await schemaFromExecutor(executor), executor, transforms })
  assert.deepEqual(validateSchema(schema), [])
  buildSchema(printSchema(schema))
  const ask = async (source: string) => json(await graphql({ schema, source }))
  const token = await tokenOf(world, ada, 'google')
  assert.deepEqual(
    await ask('{ mine: oauth { list: providerConnections { accessToken } providerConnection(provider: google) { status } } }'),
    {
      data: { mine: { list: [{ accessToken: token }], providerConnection: { status: 'ACTIVE' } } },
    },
  )
  assert.deepEqual(await ask('mutation { oauth { refreshProviderToken(provider: google, minValidFor: 0) { provider } } }'), {
    data: { oauth: { refreshProviderToken: { provider: 'google' } } },
  })
  const wrong = await ask('mutation { oauth { disconnectProvider(provider: strava) { id } } }')
  assert.equal(at(wrong, 'errors', 0, 'extensions', 'code'), 'NOT_CONNECTED')
  assert.deepEqual(at(wrong, 'errors', 0, 'path'), ['oauth', 'disconnectProvider'])
})
