import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import type { Page } from 'playwright-core'

import type { Story } from './harness/story.ts'
import { story } from './harness/story.ts'

/** The files that docs/tutorial.md has the reader write into `calendar/`. */
async function tutorialFiles(): Promise<Map<string, string>> {
  const tutorial = await readFile(new URL('../../docs/tutorial.md', import.meta.url), 'utf8')
  const files = tutorial.matchAll(/^cat > calendar\/(\S+) <<'(\w+)'\n([^]*?)^\2$/gm)
  return new Map(Array.from(files, ([, name = '', , text = '']) => [name, text]))
}

const EVENTS = { items: [{ summary: 'Standup', start: { dateTime: '2030-01-07T09:00:00Z' } }, { summary: 'Holiday', start: { date: '2030-01-08' } }] }

/** A browser with the tutorial's page, and a Google Calendar that takes what the simulated Google takes. */
async function tutorialPage(story: Story): Promise<Page> {
  const { site, backend } = story
  const settings = {
    authUrl: backend.auth,
    graphqlUrl: `${backend.server.origin}/graphql`,
    calendarUrl: `${site.origin}/calendar/v3/calendars/primary/events`,
  }
  for (const [name, text] of await tutorialFiles()) {
    const type = name.endsWith('.html') ? 'text/html' : 'text/javascript'
    site.pages.set(name === 'index.html' ? '/tutorial/' : `/tutorial/${name}`, { body: text, type })
  }
  const body = Object.entries(settings).map(([name, url]) => `export const ${name} = '${url}'\n`)
  site.pages.set('/tutorial/settings.js', { body: body.join(''), type: 'text/javascript' })
  const { context } = await story.person('ada@example.com')
  const page = await context.newPage()
  await page.route('**/calendar/v3/**', async (route) => {
    const { authorization = '' } = route.request().headers()
    const google = new URL('/providers/google/userinfo', backend.auth)
    const { status } = await fetch(google, { headers: { authorization } })
    await route.fulfill({ status, json: status === 200 ? EVENTS : {} })
  })
  return page
}

test(
  "the tutorial's page shows the user's events after a sign-in, and keeps no token in its address",
  story({}, async (story) => {
    const page = await tutorialPage(story)
    await page.goto(`${story.site.origin}/tutorial/`)
    await page.getByRole('button', { name: 'Sign in with Google' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('listitem').nth(1).waitFor()
    assert.deepEqual(await page.getByRole('listitem').allTextContents(), ['2030-01-07T09:00:00Z: Standup', '2030-01-08: Holiday'])
    assert.equal(page.url(), `${story.site.origin}/tutorial/`)
  }),
)

test(
  "the tutorial's page ignores a refresh token in a link that somebody else made",
  story({}, async (story) => {
    const page = await tutorialPage(story)
    const exchanges: string[] = []
    page.on('request', (request) => {
      if (request.url().startsWith(story.backend.auth)) exchanges.push(request.url())
    })
    const refreshToken = await story.backend.session('mallory@example.com')
    await page.goto(`${story.site.origin}/tutorial/?refreshToken=${refreshToken}&state=of-another-tab`)
    // The page has looked at its address once it has cleared it.
    await page.waitForURL(`${story.site.origin}/tutorial/`)
    assert.deepEqual(exchanges, [])
  }),
)
