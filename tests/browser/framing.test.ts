import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Story } from './harness/story.ts'
import { story } from './harness/story.ts'

/** Whether a page of this origin can show the address in a frame. */
async function frames(story: Story, origin: string, address: string): Promise<boolean> {
  const { context } = await story.person('somebody@example.com')
  const page = await context.newPage()
  await page.goto(origin)
  await page.evaluate(async (address) => {
    const frame = document.createElement('iframe')
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    frame.src = address
    document.body.append(frame)
    await loaded
  }, address)
  const [, frame] = page.frames()
  // What is refused is an error page of the browser's own.
  const shown = frame?.url() ?? ''
  assert.ok(shown === address || shown.startsWith('chrome-error:'), shown)
  await page.close()
  return shown === address
}

test(
  "the demo's page and GraphiQL are in no frame of another site",
  story({ demo: true }, async (story) => {
    const foreign = await story.foreignSite()
    for (const path of ['/', '/graphiql', '/graphql', '/healthz']) {
      assert.equal(await frames(story, foreign.origin, `${story.backend.server.origin}${path}`), false, path)
    }
  }),
)

test(
  'GraphiQL is in a frame of a site that FRAME_ALLOWED_ORIGINS names, and of no other',
  story({}, async (story) => {
    const [friend, foreign] = [await story.foreignSite(), await story.foreignSite()]
    const server = await story.backend.replica({ GRAPHIQL: 'true', FRAME_ALLOWED_ORIGINS: friend.origin })
    const address = `${server.origin}/graphiql`
    assert.equal(await frames(story, friend.origin, address), true)
    assert.equal(await frames(story, foreign.origin, address), false)
  }),
)
