import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Page } from 'playwright-core'

import { directly } from './harness/backend.ts'
import { database, postgres } from './harness/postgres.ts'
import { type StoryOptions, story } from './harness/story.ts'
import type { Tab } from './harness/tab.ts'
import { installClock } from '../node/harness/clock.ts'

const page = { attributes: { providers: 'google spotify' } }
const DISCONNECT = 'mutation { disconnectProvider(provider: google) { id } }'

/** Has the page never ask by itself: what it shows of a change it has heard. Call it before the page is opened. */
async function asksNothing(tab: Tab): Promise<void> {
  await tab.page.addInitScript(() => Object.assign(globalThis, { setInterval: () => 0 }))
}

/** What `change` leads to is on the screen of a page that asks nothing. How soon it is, `figures.ts` measures. */
async function shownAtOnce(tab: Tab, change: () => Promise<unknown>, provider: string, state: 'connected' | 'not-connected'): Promise<void> {
  await change()
  await tab.sees(provider, state)
}

test(
  'a change that is made elsewhere shows at once, and without a question',
  story({ page }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    await asksNothing(tab)
    const listening = tab.listens()
    await tab.visit(await backend.session(ada.email))
    await listening
    await tab.sees('google', 'not-connected')
    await shownAtOnce(tab, async () => await backend.connected(ada.user, 'google'), 'google', 'connected')
    await shownAtOnce(tab, async () => await backend.ask(ada.user, DISCONNECT), 'google', 'not-connected')
    assert.equal(tab.sockets.length, 1)
    for (const text of [...tab.sockets, ...tab.heard]) assert.doesNotMatch(text, /eyJ|sim-at-|sim-rt-/)
  }),
)

test(
  "nobody is told of another user's changes",
  story({ page }, async (story) => {
    const { backend } = story
    const [ada, bob] = [await story.person('ada@example.com'), await story.person('bob@example.com')]
    const [hers, his] = [await ada.tab(), await bob.tab()]
    for (const tab of [hers, his]) await asksNothing(tab)
    const both = Promise.all([hers.listens(), his.listens()])
    await hers.visit(await backend.session(ada.email))
    await his.visit(await backend.session(bob.email))
    await both
    const before = his.heard.length
    await shownAtOnce(hers, async () => await backend.connected(ada.user, 'google'), 'google', 'connected')
    // Whatever was said of hers was said before this.
    await shownAtOnce(his, async () => await backend.connected(bob.user, 'spotify'), 'spotify', 'connected')
    const heard = his.heard.slice(before).filter((text) => text.includes('"next"'))
    assert.ok(heard.length > 0)
    for (const text of heard) {
      assert.ok(!text.includes(ada.user.id) && !text.includes('google'), text)
      assert.match(text, /spotify|"provider":null/)
    }
  }),
)

test(
  'after another user has signed in on the same page, it is theirs whose changes are heard',
  story({ page }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    const bob = await backend.user('bob@example.com')
    const tab = await ada.tab()
    await asksNothing(tab)
    const listening = tab.listens()
    await tab.visit(await backend.session(ada.email))
    await listening
    const session = await backend.session('bob@example.com')
    const anew = tab.listens()
    await tab.page.evaluate((session) => window.app.signIn(session), session)
    await tab.look()
    await anew
    await shownAtOnce(tab, async () => await backend.connected(bob, 'google'), 'google', 'connected')
  }),
)

test(
  'where the server takes no subscriptions the page asks by itself',
  story({ page, settings: { SUBSCRIPTION_LIMIT: '0' } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    tab.foretell(/WebSocket connection to/)
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'not-connected')
    await story.backend.connected(ada.user, 'google')
    await tab.page.clock.fastForward('00:11')
    await tab.sees('google', 'connected')
    await tab.socketsClosed()
    assert.doesNotMatch(tab.heard.join(), /"next"/)
  }),
)

test(
  'with live="off" there is no WebSocket, and the page asks by itself',
  story({ page: { attributes: { ...page.attributes, live: 'off' } } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    await installClock(tab.page)
    await tab.visit(await story.backend.session(ada.email))
    await tab.sees('google', 'not-connected')
    await story.backend.connected(ada.user, 'google')
    await tab.page.clock.fastForward('00:11')
    await tab.sees('google', 'connected')
    assert.deepEqual([...tab.sockets, ...tab.heard], [])
  }),
)

test(
  'when the JWT ends the stream ends, and goes on with a fresh JWT',
  story({ page, demo: true }, async (story) => {
    const { backend } = story
    const ada = await story.person('ada@example.com')
    const tab = await ada.tab()
    const listening = tab.listens()
    await installClock(tab.page)
    await asksNothing(tab)
    await tab.visit(await backend.session(ada.email))
    await listening
    await tab.sees('google', 'not-connected')
    const again = tab.page.waitForEvent('websocket')
    await backend.advance(1000)
    await tab.page.clock.fastForward(1000 * 1000)
    await (await again).waitForEvent('framereceived', ({ payload }) => payload.toString().includes('"next"'))
    assert.ok((await tab.page.evaluate(() => window.app.asked)).includes(true))
    const user = await backend.user(ada.email)
    await shownAtOnce(tab, async () => await backend.connected(user, 'google'), 'google', 'connected')
  }),
)

/** The first word that a script of the page hears from the server, with a JWT that it got hold of. */
async function firstWord(page: Page, server: string, jwt: string): Promise<string> {
  return await page.evaluate(
    async ([url, jwt]) => {
      const socket = new WebSocket(url, 'graphql-transport-ws')
      return await new Promise<string>((resolve) => {
        socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${jwt}` } })))
        socket.addEventListener('message', ({ data }) => resolve(String(data)))
        socket.addEventListener('close', ({ code }) => resolve(`closed ${code}`))
      })
    },
    [`${server.replace('http', 'ws')}/graphql`, jwt] as const,
  )
}

test(
  'a page of another origin gets no subscription, whatever JWT it has',
  story({ page }, async (story) => {
    const [tab, ada] = await story.visit()
    const { context } = await story.person('bob@example.com')
    const foreign = await context.newPage()
    await foreign.goto((await story.foreignSite()).origin)
    const server = story.backend.server.origin
    assert.match(await firstWord(tab.page, server, ada.jwt), /connection_ack/)
    assert.equal(await firstWord(foreign, server, ada.jwt), 'closed 1006')
  }),
)

test(
  'a change on one replica shows at once to whoever is connected to another',
  { skip: postgres === undefined && 'TEST_POSTGRES_URL is not set: scripts/postgres run -- scripts/browser-check' },
  async () => {
    const DATABASE_URL = await database(postgres ?? '')
    await story({ page, settings: (auth) => ({ ...directly(auth), DATABASE_URL }) }, async (story) => {
      const { backend } = story
      const ada = await story.person('ada@example.com')
      const tab = await ada.tab()
      await asksNothing(tab)
      const listening = tab.listens()
      await tab.visit(await backend.session(ada.email))
      await listening
      const other = await backend.replica()
      const ask = async (query: string) => await backend.ask(ada.user, query, other)
      await backend.signIn(ada.user, 'google')
      await shownAtOnce(tab, async () => await ask('mutation { connectProvider(provider: google) { id } }'), 'google', 'connected')
      await shownAtOnce(tab, async () => await ask(DISCONNECT), 'google', 'not-connected')
    })()
  },
)
