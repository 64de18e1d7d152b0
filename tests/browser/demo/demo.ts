import assert from 'node:assert/strict'

import type { BrowserContextOptions, Locator } from 'playwright-core'

import type { User } from '../../node/harness/simulator.ts'
import { Backend } from '../harness/backend.ts'
import { browser, close } from '../harness/browser.ts'
import { Tab } from '../harness/tab.ts'

export type Step =
  | 'connected'
  | 'used'
  | 'renewed'
  | 'survived'
  | 'revoked'
  | 'healed'
  | 'notified'
  | 'neighbour'
  | 'switched'
  | 'granted'
  | 'disconnected'
export type Control =
  | 'use'
  | 'ten'
  | 'hour'
  | 'morning'
  | 'down'
  | 'expire'
  | 'rotate'
  | 'revoke'
  | 'all'
  | 'switch'
  | 'neighbour'
  | 'forge'
  | 'agent'
  | 'grant-access'
  | 'do'

/** `demo` and a person in front of its page, on the simulator's clock. */
export class Demo {
  readonly backend: Backend
  readonly tab: Tab
  /** Hosts that the page has sent a request to. */
  readonly hosts: Set<string>

  constructor(backend: Backend, tab: Tab, hosts: Set<string>) {
    this.backend = backend
    this.tab = tab
    this.hosts = hosts
  }

  /** The element of the page with that id. */
  at(id: string): Locator {
    return this.tab.page.locator(`#${id}`)
  }

  /** The step that the tour is at, with its button. */
  async isAtStep(step: Step, button: string): Promise<void> {
    await this.tab.page.locator(`#step[data-step=${step}] #do`).filter({ hasText: button }).waitFor()
  }

  /** Clicks and waits until all that the click does is done. */
  async click(control: Control): Promise<void> {
    await this.at(control).click()
    await this.tab.page.locator(`#${control}:not([aria-busy])`).waitFor({ state: 'attached' })
  }

  /** Waits until an element of the page has this text in it. */
  async says(id: string, text: string | RegExp): Promise<void> {
    try {
      await this.at(id).filter({ hasText: text }).waitFor()
    } catch {
      assert.fail(`#${id} does not say ${text} but: ${await this.at(id).textContent()}`)
    }
  }

  /** Signs in, or links, with the provider by its button in the list. */
  async connect(provider = 'google'): Promise<void> {
    await this.tab.click(provider, 'connect')
    await this.tab.consent()
    await this.tab.sees(provider, 'connected')
  }

  /** Waits until these steps are ticked off and the one after them is the current one. */
  async isAt(done: Step[], current: Step | null): Promise<void> {
    const states = async () =>
      await this.tab.page.locator('#steps li').evaluateAll((items) => items.map((item) => [item.getAttribute('data-step'), item.getAttribute('data-state')]))
    const wanted = done.map((step) => `#steps [data-step=${step}][data-state=done]`)
    if (current) wanted.push(`#steps [data-step=${current}][data-state=current]`)
    for (const selector of wanted) {
      // On a phone the list of all steps is folded.
      await this.tab.page
        .locator(selector)
        .waitFor({ state: 'attached' })
        .catch(async () => assert.fail(`${selector} is not there: ${JSON.stringify(await states())}`))
    }
    assert.deepEqual((await states()).filter(([, state]) => state === 'done').map(([step]) => step), done)
  }

  /** A refresh that ended under five seconds ago is joined, not repeated. */
  async refresh(provider = 'google'): Promise<void> {
    await this.backend.advance(10)
    await this.tab.click(provider, 'refresh')
  }

  async ada(): Promise<User> {
    return await this.backend.user('ada@example.com')
  }
}

/** The body of a test: a demo and a tab of its own. Nothing may leave the machine or break the page's policy. */
export function demo(options: BrowserContextOptions, tell: (demo: Demo) => Promise<void>): () => Promise<void> {
  return async () => {
    const backend = await Backend.demo()
    const context = await (await browser()).newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
    try {
      const hosts = new Set<string>()
      context.on('request', (request) => hosts.add(new URL(request.url()).hostname))
      const tab = await Tab.open(context, backend.server.origin)
      // A token that has ended, and a provider that is down, are what this page is about.
      tab.foretell(/Failed to load resource: the server responded with a status of (401|503)/)
      await tab.visit()
      const begun = new Demo(backend, tab, hosts)
      await begun.says('clock', /\d\d:\d\d:\d\d/)
      await tell(begun)
      tab.assertNoFaults()
      assert.deepEqual([...hosts], ['127.0.0.1'])
    } finally {
      await close(context)
      await backend.stop()
    }
  }
}
