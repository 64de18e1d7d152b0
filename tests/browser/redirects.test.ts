import assert from 'node:assert/strict'
import { test } from 'node:test'

import { field } from './harness/backend.ts'
import { FOREIGN } from './harness/foreign.ts'
import { story } from './harness/story.ts'

const APP = 'https://app.example.com'

/** The app's own address in unusual dress. */
const OWN = [
  `${APP}/connected?provider=google#done`,
  'HTTPS://APP.EXAMPLE.COM/',
  'https://app.example.com:443/',
  'https://ＡＰＰ.example.com/',
  `${APP}/?next=https://evil.example/`,
]

/** What a browser takes for the app's own and other readers for another site's. */
const TWO_WAYS = ['https://app.example.com\\@evil.example/', 'https://app.example.com\\.evil.example/@evil.example/']

const ASKS = {
  providerSignInUrl: 'query($to: String) { url: providerSignInUrl(provider: google, redirectTo: $to) }',
  reauthenticationUrl: 'query($to: String) { url: providerConnection(provider: google) { url: reauthenticationUrl(redirectTo: $to) } }',
}

for (const [name, query] of Object.entries(ASKS)) {
  test(
    `${name} never leads back to another site, whatever redirectTo is dressed as`,
    story({ settings: { REDIRECT_ALLOWED_URLS: APP } }, async (story) => {
      const { context, user } = await story.person('ada@example.com')
      await story.backend.connected(user, 'google')
      const page = await context.newPage()
      const ask = async (to: string) => {
        const answer = await story.backend.raw(user, query, { to })
        const url = field(field(answer, 'data'), 'url')
        return typeof url === 'string' ? url : field(url, 'url')
      }
      for (const to of [...FOREIGN, ...TWO_WAYS]) assert.equal(await ask(to), undefined, `${JSON.stringify(to)} is allowed`)
      for (const to of OWN) {
        const url = await ask(to)
        assert.ok(typeof url === 'string', `${JSON.stringify(to)} is refused`)
        // What the browser makes of it, not what we do: it is the browser that goes there.
        const origin = await page.evaluate((url) => new URL(new URL(url).searchParams.get('redirectTo') ?? '').origin, url)
        assert.equal(origin, APP, to)
      }
    }),
  )
}
