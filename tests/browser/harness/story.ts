import type { BrowserContext, BrowserContextOptions } from 'playwright-core'

import type { User } from '../../node/harness/simulator.ts'
import { serveApp, type PageOptions } from './app.ts'
import { Backend, type Settings } from './backend.ts'
import { browser, close } from './browser.ts'
import { Site } from './site.ts'
import { Tab } from './tab.ts'

export interface StoryOptions {
  page?: PageOptions
  /** The server's settings; where it is a function it is told where Nhost Auth is. */
  settings?: Settings | ((auth: string) => Settings)
  /** The simulated Nhost Auth's settings (`SIMULATOR_…`), told where the app is. */
  nhost?: (app: string) => Settings
  /** `demo` instead of `serve`: `advance` is the server's clock, too. */
  demo?: boolean
}

/** An app, its server, and people in front of browsers. */
export class Story {
  readonly backend: Backend
  readonly site: Site
  readonly #people: Person[] = []
  readonly #foreign: Site[] = []

  private constructor(backend: Backend, site: Site) {
    this.backend = backend
    this.site = site
  }

  static async begin(options: StoryOptions): Promise<Story> {
    const site = await Site.start()
    try {
      const backend = options.demo ? await Backend.demo() : await Backend.serve((auth) => settings(options, site, auth), nhost(options, site))
      await serveApp(site, backend.server.origin, backend.auth, options.page ?? {})
      return new Story(backend, site)
    } catch (error) {
      await site.stop()
      throw error
    }
  }

  /** Somebody with a browser profile of their own, signed in to the app as soon as they open a tab. */
  async person(email: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await (await browser()).newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
    const person = new Person(this, context, email, await this.backend.user(email))
    this.#people.push(person)
    return person
  }

  /** A person with one tab open on the app. */
  async visit(email = 'ada@example.com', options: BrowserContextOptions = {}): Promise<[Tab, User]> {
    const person = await this.person(email, options)
    return [await person.open(), person.user]
  }

  /** Another site with an empty page at `/`, without any policy. */
  async foreignSite(): Promise<Site> {
    const site = await Site.start()
    site.pages.set('/', { body: '<!doctype html><title>Another site</title>', type: 'text/html' })
    this.#foreign.push(site)
    return site
  }

  async end(): Promise<void> {
    for (const person of this.#people) await close(person.context)
    await this.backend.stop()
    for (const site of [this.site, ...this.#foreign]) await site.stop()
  }

  assertNoFaults(): void {
    for (const person of this.#people) for (const tab of person.tabs) tab.assertNoFaults()
  }
}

function settings({ settings = {} }: StoryOptions, site: Site, auth: string): Settings {
  return { CORS_ALLOWED_ORIGINS: site.origin, ...(typeof settings === 'function' ? settings(auth) : settings) }
}

/** The app's front page is the page with the element, unless a test says otherwise. */
function nhost({ nhost }: StoryOptions, site: Site): Settings {
  return { SIMULATOR_CLIENT_URL: `${site.origin}/`, ...nhost?.(site.origin) }
}

/** A browser profile: its tabs share storage and cookies. */
export class Person {
  readonly #story: Story
  readonly context: BrowserContext
  readonly email: string
  readonly user: User
  readonly tabs: Tab[] = []

  constructor(story: Story, context: BrowserContext, email: string, user: User) {
    this.#story = story
    this.context = context
    this.email = email
    this.user = user
  }

  /** A tab that shows nothing yet. */
  async tab(): Promise<Tab> {
    const tab = await Tab.open(this.context, this.#story.site.origin)
    this.tabs.push(tab)
    return tab
  }

  /** A tab with the app, back from a sign-in. */
  async open(query: Record<string, string> = {}): Promise<Tab> {
    const tab = await this.tab()
    await tab.visit(await this.#story.backend.session(this.email), query)
    return tab
  }
}

/** The body of a test: `tell` between a beginning and an end of its own. */
export function story(options: StoryOptions, tell: (story: Story) => Promise<void>): () => Promise<void> {
  return async () => {
    const begun = await Story.begin(options)
    try {
      await tell(begun)
      begun.assertNoFaults()
    } finally {
      await begun.end()
    }
  }
}
