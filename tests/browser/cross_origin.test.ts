import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Page } from 'playwright-core'

import type { Story } from './harness/story.ts'
import { story } from './harness/story.ts'

/** What a script of the page gets from the API with a JWT that it got hold of. */
async function read(page: Page, graphql: string, jwt: string): Promise<string> {
  return await page.evaluate(
    async ([graphql, jwt]) => {
      try {
        const response = await fetch(graphql, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
          body: JSON.stringify({ query: '{ providerConnections { provider } }' }),
        })
        return await response.text()
      } catch (error) {
        return String(error)
      }
    },
    [graphql, jwt] as const,
  )
}

async function pageOf(story: Story, origin: string): Promise<Page> {
  const { context } = await story.person('somebody@example.com')
  const page = await context.newPage()
  await page.goto(origin)
  return page
}

test(
  'a page of an origin in CORS_ALLOWED_ORIGINS reads, one of another origin does not',
  story({}, async (story) => {
    const graphql = `${story.backend.server.origin}/graphql`
    const ada = await story.backend.user('ada@example.com')
    await story.backend.connected(ada, 'google')
    // The app's own page may call nobody but the server: the answer is what CORS says.
    const own = await pageOf(story, story.site.origin)
    assert.equal(await read(own, graphql, ada.jwt), '{"data":{"providerConnections":[{"provider":"google"}]}}')
    const foreign = await pageOf(story, (await story.foreignSite()).origin)
    assert.equal(await read(foreign, graphql, ada.jwt), 'TypeError: Failed to fetch')
  }),
)

test(
  'a page of another origin changes nothing, by whatever request a browser sends without asking first',
  story({}, async (story) => {
    const ada = await story.backend.user('ada@example.com')
    await story.backend.connected(ada, 'google')
    const foreign = await pageOf(story, (await story.foreignSite()).origin)
    const outcomes = await foreign.evaluate(
      async ([graphql, jwt]) => {
        const query = 'mutation { disconnectProvider(provider: google) { id } }'
        const body = JSON.stringify({ query })
        const authorization = `Bearer ${jwt}`
        const requests: [string, RequestInit][] = [
          // Without a preflight there is no header of one's own: nobody is calling.
          [graphql, { method: 'POST', mode: 'no-cors', body }],
          [graphql, { method: 'POST', mode: 'no-cors', body, credentials: 'include', headers: { 'content-type': 'text/plain' } }],
          [graphql, { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ query }) }],
          [`${graphql}?${new URLSearchParams({ query })}`, { mode: 'no-cors' }],
          // With one there is a preflight, which is refused.
          [graphql, { method: 'POST', body, headers: { authorization, 'content-type': 'application/json' } }],
          [`${graphql}?${new URLSearchParams({ query })}`, { headers: { authorization } }],
        ]
        return await Promise.all(requests.map(([url, init]) => fetch(url, init).then((answer) => answer.type, String)))
      },
      [`${story.backend.server.origin}/graphql`, ada.jwt] as const,
    )
    const unread = ['opaque', 'opaque', 'opaque', 'opaque', 'TypeError: Failed to fetch', 'TypeError: Failed to fetch']
    assert.deepEqual(outcomes, unread)
    const left = await story.backend.ask(ada, '{ providerConnections { provider } }')
    assert.deepEqual(left, { providerConnections: [{ provider: 'google' }] })
  }),
)
