import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

import type { User } from '../../node/harness/simulator.ts'
import { serveApp } from '../harness/app.ts'
import { Backend, directly, field } from '../harness/backend.ts'
import { begun } from '../harness/begun.ts'
import { browser, close, intercept } from '../harness/browser.ts'
import { Site } from '../harness/site.ts'
import { Tab } from '../harness/tab.ts'

/** What the user of a scene sees it with. */
export interface Setting {
  /** What Chromium is told: size, colours, time zone. */
  context?: BrowserContextOptions
  lang?: string
  dir?: 'ltr' | 'rtl'
  /** Replaced texts. */
  strings?: Record<string, string>
  /** Attributes besides those of the scene. */
  attributes?: Record<string, string>
}

/** What a scene opens the page with. */
export interface Opening {
  user: User | null
  attributes?: Record<string, string>
  /** Of the page; `state=begun` is that of a sign-in with Google that this tab has begun. */
  query?: string
  /** Operations (`connectProvider`) that do not get to the server, as if the network were slow. */
  held?: string
  /** What is to be done with the page before anything is on it. */
  prepare?: (page: Page) => Promise<void>
}

/** Where the simulator says that accounts' pictures are. */
const PICTURES = 'https://avatars.example.com'
const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" fill="#c9b8f0"/><circle cx="12" cy="9.5" r="4.5" fill="#5b3fa0"/><ellipse cx="12" cy="22" rx="9" ry="7" fill="#5b3fa0"/></svg>'

/** Midday of the day that is shown; before any day on which this runs, so that no JWT looks as if it had ended. */
const SHOWN_DAY = Date.parse('2026-03-14T12:00:00Z')
/** How long after the connections were made they are looked at, in milliseconds. */
const LATER = 5 * 60_000

/** The providers whose accounts are known. Those of the others are not. */
const KNOWN = ['google', 'github', 'discord', 'spotify']

function accounts(auth: string): Record<string, string> {
  return Object.fromEntries(KNOWN.map((provider) => [`PROVIDER_${provider.toUpperCase()}_USERINFO_URL`, new URL(`/providers/${provider}/userinfo`, auth).href]))
}

/** Waits until the server has asked the provider which account it is, which it does after a sign-in by itself. */
async function accountOf(backend: Backend, user: User, provider: string): Promise<void> {
  for (;;) {
    const answer = await backend.ask(user, `{ providerConnection(provider: ${provider}) { account { id } } }`)
    if (field(field(answer, 'providerConnection'), 'account') !== null) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The server, the simulated Nhost Auth, and users whose connections are in every state there is. */
export class Stage {
  readonly backend: Backend
  readonly #site: Site
  /** Has a connection of each kind. */
  readonly ada: User
  /** Has none. */
  readonly bob: User
  /** Has granted an app access. */
  readonly dora: User
  readonly #made: number
  readonly #contexts: BrowserContext[] = []
  setting: Setting = {}

  private constructor(backend: Backend, site: Site, [ada, bob, dora]: [User, User, User], made: number) {
    this.backend = backend
    this.#site = site
    this.ada = ada
    this.bob = bob
    this.dora = dora
    this.#made = made
  }

  static async set(): Promise<Stage> {
    const site = await Site.start()
    // Where a provider is refreshed directly, a revoked grant is known as such at once.
    // The simulator is asked which account it is, too.
    const backend = await Backend.serve((auth) => ({ CORS_ALLOWED_ORIGINS: site.origin, ...directly(auth, 'spotify'), ...accounts(auth) }))
    await serveApp(site, backend.server.origin, backend.auth, {})
    const policy = `${site.pages.get('/')?.headers?.['content-security-policy']}; img-src ${PICTURES}`
    const headers = { 'content-security-policy': policy }
    site.pages.set('/looks', { body: INDEX, type: 'text/html; charset=utf-8', headers })
    site.pages.set('/looks.css', { body: STYLE, type: 'text/css; charset=utf-8' })
    const [ada, bob, dora] = [await backend.user('ada@example.com'), await backend.user('bob@example.com'), await backend.user('dora@example.com')]
    const stage = new Stage(backend, site, [ada, bob, dora], Date.now())
    try {
      await stage.#connect()
    } catch (error) {
      await stage.end()
      throw error
    }
    return stage
  }

  /** Google is well, GitHub's token does not end, Facebook's can't be renewed, Discord is down, Spotify took the grant back. */
  async #connect(): Promise<void> {
    const { backend, ada, dora } = this
    await backend.connected(dora, 'google')
    await backend.ask(dora, 'mutation { grantProviderAccess(clientId: "https://agent.example/oauth/client.json", provider: google) { clientId } }')
    for (const provider of ['google', 'github', 'facebook', 'discord', 'spotify']) await backend.connected(ada, provider)
    for (const provider of KNOWN) await accountOf(backend, ada, provider)
    await accountOf(backend, dora, 'google')
    await backend.ask(ada, '{ providerConnection(provider: google) { accessToken } }')
    await backend.control('providers/discord/outage', { down: true })
    await backend.control(`grants/${ada.id}/spotify/revoke`, undefined)
    for (const provider of ['discord', 'spotify']) await backend.ask(ada, `mutation { refreshProviderToken(provider: ${provider}) { id } }`).catch(() => undefined)
    // Reads of a token are written down in batches, and before the server ends.
    await backend.server.stop()
    await backend.server.start()
  }

  /** The page with the element on it, as the stage's setting says. */
  async open({ user, attributes = {}, query = '', held, prepare }: Opening): Promise<Page> {
    const { setting } = this
    const context = await (await browser()).newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 720, height: 900 }, ...setting.context })
    this.#contexts.push(context)
    // The names that tsx gives to functions are not known in the page.
    await context.addInitScript('globalThis.__name = (named) => named')
    await context.route(`${PICTURES}/**`, async (route) => await route.fulfill({ contentType: 'image/svg+xml', body: PICTURE }))
    const { page } = await Tab.open(context, this.#site.origin)
    await this.#onShownDay(page)
    await prepare?.(page)
    if (held !== undefined) await hold(page, held)
    const state = query.includes('state=begun') ? await begun(page, 'google') : ''
    await page.goto(`${this.#site.origin}/looks${query.replace('state=begun', `state=${state}`)}`)
    await page.evaluate(
      ({ attributes, jwt, strings, now, lang, dir }) => {
        Object.assign(document.documentElement, { lang, dir })
        const element = document.createElement('provider-connections')
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
        const opened = Date.now()
        Object.assign(element, { jwt, strings, now: () => now + Date.now() - opened })
        document.querySelector('main')?.append(element)
      },
      {
        attributes: { endpoint: `${this.backend.server.origin}/graphql`, live: 'off', ...attributes, ...setting.attributes },
        jwt: user?.jwt ?? null,
        strings: setting.strings ?? {},
        now: SHOWN_DAY + LATER,
        lang: setting.lang ?? 'en',
        dir: setting.dir ?? 'ltr',
      },
    )
    return page
  }

  /** Moves all that the server dates to one and the same day. */
  async #onShownDay(page: Page): Promise<void> {
    await intercept(page, '**/graphql', async (route) => {
      // What is fetched for the page does not know that the page is offline, and where nobody answers the page is told so.
      const offline = await page.evaluate(() => !navigator.onLine)
      const response = offline ? null : await route.fetch().catch(() => null)
      if (response === null) {
        await route.abort('connectionfailed')
        return
      }
      const moved = (await response.text()).replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/gu, (_, at: string) => {
        return JSON.stringify(new Date(Date.parse(at) - this.#made + SHOWN_DAY).toISOString())
      })
      await route.fulfill({ response, body: moved })
    })
  }

  /** Closes the pages that are open. */
  async clear(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await close(context)
  }

  async end(): Promise<void> {
    await this.clear()
    await this.backend.stop()
    await this.#site.stop()
  }
}

/** Operations of this name do not get to the server. */
export async function hold(page: Page, operation: string): Promise<void> {
  await intercept(page, '**/graphql', async (route) => {
    if (!(route.request().postData() ?? '').includes(operation)) await route.fallback()
  })
}

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your accounts</title>
<link rel="stylesheet" href="/looks.css">
<script type="module" src="/provider-connections.js"></script>
</head>
<body>
<main>
<h1>Your accounts</h1>
</main>
</body>
</html>
`

// As plain as a page can be: what is looked at is the element. Its grounds are named, since axe takes an unnamed one for white.
const STYLE = `
body { margin: 1rem; font: 1rem/1.5 "Liberation Sans", Arial, sans-serif; background: #fff; color: #1b1b1f; }
main { max-width: 40rem; margin: 0 auto; }
@media (min-width: 75rem) { main { max-width: none; } }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
@media (prefers-color-scheme: dark) { body { background: #131316; color: #e6e6ea; } }
.beside { margin: 0; display: grid; grid-template-columns: 1fr 1fr; }
.beside h1 { display: none; }
.light { padding: 1.5rem; background: #fff; color: #1b1b1f; }
.dark { padding: 1.5rem; background: #131316; color: #e6e6ea; }
`
