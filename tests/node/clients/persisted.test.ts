import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'

import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client/core'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { BatchHttpLink } from '@apollo/client/link/batch-http'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { Client as Urql, fetchExchange } from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'

import { World } from '../harness/world.ts'
import { ConnectionsDocument } from './generated.ts'

const world = await World.start()
after(() => world.stop())
const ada = await world.user('ada@example.com')
const headers = { authorization: `Bearer ${ada.jwt}` }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** `fetch`, with what it was asked for. */
function watched(): { fetch: typeof fetch; sent: { method: string; hasText: boolean; status: number }[] } {
  const sent: { method: string; hasText: boolean; status: number }[] = []
  const watch: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : {}
    const inBody = typeof body === 'object' && body !== null && 'query' in body && Boolean(body.query)
    const response = await fetch(input, init)
    const hasText = inBody || Boolean(url.searchParams.get('query'))
    sent.push({ method: init?.method ?? 'GET', hasText, status: response.status })
    return response
  }
  return { fetch: watch, sent }
}

for (const useGETForHashedQueries of [false, true]) {
  test(`Apollo Client's PersistedQueryLink, ${useGETForHashedQueries ? 'GET' : 'POST'}: sends the text once it is told to, and then always`, async () => {
    const { fetch, sent } = watched()
    const http = new HttpLink({ uri: world.graphql, headers, fetch })
    const apollo = new ApolloClient({ link: new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(http), cache: new InMemoryCache() })
    for (const fetchPolicy of ['network-only', 'no-cache'] as const) {
      const { data } = await apollo.query({ query: ConnectionsDocument, variables: {}, fetchPolicy })
      assert.deepEqual(data?.providerConnections, [])
    }
    const first = useGETForHashedQueries ? 'GET' : 'POST'
    assert.deepEqual(sent[0], { method: first, hasText: false, status: 200 })
    assert.deepEqual(sent.slice(1).map(({ hasText, status }) => [hasText, status]), [[true, 200], [true, 200]])
  })
}

for (const preferGetForPersistedQueries of [false, 'force'] as const) {
  test(`urql's persistedExchange, ${preferGetForPersistedQueries ? 'GET' : 'POST'}: falls back to the text`, async () => {
    const { fetch, sent } = watched()
    const urql = new Urql({
      url: world.graphql,
      fetch,
      fetchOptions: { headers },
      preferGetMethod: false,
      exchanges: [persistedExchange({ preferGetForPersistedQueries, generateHash: (text) => Promise.resolve(sha256(text)) }), fetchExchange],
    })
    const { data, error } = await urql.query(ConnectionsDocument, {})
    assert.equal(error, undefined)
    assert.deepEqual(data?.providerConnections, [])
    assert.deepEqual(sent.map(({ hasText, status }) => [hasText, status]), [[false, 200], [true, 200]])
    assert.equal(sent[0]?.method, preferGetForPersistedQueries ? 'GET' : 'POST')
  })
}

test("Apollo Client's BatchHttpLink: each operation is told to go by itself", async () => {
  const link = new BatchHttpLink({ uri: world.graphql, headers, batchInterval: 5 })
  const apollo = new ApolloClient({ link, cache: new InMemoryCache() })
  const ask = (providers: ['google'] | ['github']) =>
    apollo.query({ query: ConnectionsDocument, variables: { providers }, fetchPolicy: 'no-cache', errorPolicy: 'all' })
  for (const { error } of await Promise.all([ask(['google']), ask(['github'])])) {
    assert.ok(CombinedGraphQLErrors.is(error), String(error))
    assert.match(error.message, /does not accept batches/)
  }
})
