import type { Page } from 'playwright-core'

import type { ProviderConnectionsElement } from '../../../packages/element/dist/types/index.d.ts'
import { hold, type Opening, type Stage } from './stage.ts'

/** Something that a user can see of the element. */
export interface Scene {
  /** As in `docs/images/element-….png`. */
  name: string
  /** The provider whose row has it, where it is not all of the element. */
  provider?: string
  /** Opens the page and brings it there. */
  open(stage: Stage): Promise<Page>
}

export const row = (provider: string, state?: string): string =>
  `[part~=provider][data-provider=${provider}]${state === undefined ? '' : `[data-state=${state}]`}`
export const button = (provider: string, action: string): string => `${row(provider)} button[data-action=${action}]:not([part=access] *)`

/** Every state of a provider that lasts, in one list. */
const LASTING = ['google connected', 'github connected', 'facebook connected', 'discord failing', 'spotify sign-in-again', 'linkedin not-connected']
const ALL = LASTING.map((state) => state.split(' ')[0] ?? '').join(' ')
/** All that there are, by Nhost's own ids. */
const EVERY = 'apple azuread bitbucket discord entraid facebook github gitlab google linkedin spotify strava twitch twitter windowslive workos'

/** The page of somebody who has connections in all states. */
export async function openList(stage: Stage, prepare?: Opening['prepare']): Promise<Page> {
  const page = await stage.open({ user: stage.ada, attributes: { providers: ALL }, ...(prepare === undefined ? {} : { prepare }) })
  for (const state of LASTING) {
    const [provider = '', shown] = state.split(' ')
    await page.locator(row(provider, shown)).waitFor()
  }
  return page
}

export const SCENES: Scene[] = [
  { name: 'list', open: async (stage) => await openList(stage) },
  {
    name: 'refreshing',
    provider: 'google',
    async open(stage) {
      const page = await openList(stage)
      await hold(page, 'refreshProviderToken')
      await page.locator(button('google', 'refresh')).click()
      await page.locator(row('google', 'refreshing')).waitFor()
      return page
    },
  },
  {
    name: 'refresh-failed',
    provider: 'discord',
    async open(stage) {
      const page = await openList(stage)
      await page.locator(button('discord', 'refresh')).click()
      return await alerted(page)
    },
  },
  {
    name: 'needs-access',
    provider: 'google',
    async open(stage) {
      const scopes = 'openid https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/drive.readonly'
      const page = await stage.open({ user: stage.ada, attributes: { providers: 'google', 'scopes-google': scopes } })
      await page.locator(row('google', 'needs-access')).waitFor()
      return page
    },
  },
  {
    name: 'confirm',
    provider: 'google',
    async open(stage) {
      const page = await openList(stage)
      await page.locator(button('google', 'disconnect')).click()
      await page.locator(button('google', 'confirm')).waitFor()
      return page
    },
  },
  {
    name: 'disconnecting',
    provider: 'google',
    async open(stage) {
      const page = await openList(stage)
      await hold(page, 'disconnectProvider')
      await page.locator(button('google', 'disconnect')).click()
      await page.locator(button('google', 'confirm')).click()
      await page.locator(row('google', 'disconnecting')).waitFor()
      return page
    },
  },
  {
    name: 'details',
    provider: 'google',
    async open(stage) {
      const page = await openList(stage)
      await page.locator(`${row('google')} summary`).click()
      // It was connected, and its token was used.
      await page.locator(`${row('google')} [part=events] li`).nth(1).waitFor()
      return page
    },
  },
  {
    name: 'access',
    provider: 'google',
    async open(stage) {
      const page = await stage.open({ user: stage.dora, attributes: { providers: 'google' } })
      await page.locator(`${row('google')} [part=access] button[data-action=revoke]`).click()
      await page.locator(`${row('google')} [part=access] button[data-action=confirm]`).waitFor()
      return page
    },
  },
  {
    name: 'connecting',
    async open(stage) {
      const page = await stage.open({
        user: stage.bob,
        attributes: { providers: 'google github' },
        query: '?state=begun',
        held: 'connectProvider',
      })
      await page.locator(row('google', 'connecting')).waitFor()
      return page
    },
  },
  {
    name: 'sign-in-failed',
    async open(stage) {
      const page = await stage.open({
        user: stage.bob,
        attributes: { providers: 'google github' },
        query: '?state=begun&error=oauth-provider-error&errorDescription=Provider+returned+an+error&provider_error=access_denied',
      })
      await page.locator(button('google', 'connect')).waitFor()
      // The user's own doing: no alert.
      await page.locator(`${row('google')} [part=note]:not(:empty)`).waitFor()
      return page
    },
  },
  {
    name: 'loading',
    async open(stage) {
      const page = await stage.open({ user: stage.ada, attributes: { providers: 'google github' }, held: 'providerConnections' })
      await page.locator('[part~=list][aria-busy=true]').waitFor()
      return page
    },
  },
  {
    name: 'signed-out',
    async open(stage) {
      const page = await stage.open({ user: null, attributes: { providers: 'google github' } })
      await page.locator('[part=notice]:not(:empty)').waitFor()
      return page
    },
  },
  {
    name: 'session-ended',
    open: async (stage) => await alerted(await stage.open({ user: { id: '', jwt: 'ended' }, attributes: { providers: 'google github' } })),
  },
  {
    name: 'offline',
    async open(stage) {
      const page = await openList(stage)
      await page.context().setOffline(true)
      await look(page)
      return await alerted(page)
    },
  },
  {
    name: 'unreachable',
    // Nobody listens at port 9, the discard port.
    open: async (stage) => await alerted(await stage.open({ user: stage.ada, attributes: { endpoint: 'http://127.0.0.1:9/graphql' } })),
  },
  {
    name: 'not-connected',
    async open(stage) {
      const page = await stage.open({ user: stage.bob, attributes: { providers: EVERY } })
      await page.locator(button('workos', 'connect')).waitFor()
      return page
    },
  },
  {
    name: 'empty',
    async open(stage) {
      const page = await stage.open({ user: stage.bob })
      // Until then there is the height of what is loading.
      await page.getByText('No accounts are connected yet.').waitFor()
      return page
    },
  },
]

/** The page, once the element has said that something is wrong. */
async function alerted(page: Page): Promise<Page> {
  await page.locator('[role=alert]:not(:empty)').first().waitFor()
  return page
}

/** Has the element look again now, as it does by itself. */
export async function look(page: Page): Promise<void> {
  await page.locator('provider-connections').evaluate(async (element: ProviderConnectionsElement) => await element.refresh())
}
