import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client/core'

import { Tokens } from '../src/connections/tokens.ts'
import { ConnectProviderDocument, ProviderConnectionsDocument } from '../src/generated.ts'
import { World } from '../../../tests/node/harness/world.ts'

test("no access token gets into Apollo's cache, read or renewed", async () => {
  const world = await World.start()
  try {
    const ada = await world.user('ada@example.com')
    await world.signIn(ada, 'google')
    const link = new HttpLink({ uri: world.graphql, headers: { authorization: `Bearer ${ada.jwt}` } })
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() })
    await apollo.mutate({ mutation: ConnectProviderDocument, variables: { provider: 'google' } })
    await apollo.query({ query: ProviderConnectionsDocument })
    const keeper = new Tokens(apollo).of('google')
    const token = await keeper.getToken()
    assert.match(token, /^sim-at-google-/)
    assert.notEqual(await keeper.getToken({ refused: token }), token)
    const cached = JSON.stringify(apollo.cache.extract())
    assert.match(cached, /"provider":"google"/)
    assert.doesNotMatch(cached, /sim-at-|accessToken/)
  } finally {
    await world.stop()
  }
})
