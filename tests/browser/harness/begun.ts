import { randomBytes } from 'node:crypto'

import type { Page } from 'playwright-core'

/**
 * Makes the tab remember a sign-in with the provider that comes back to the next page, as if it had begun there. Answers the
 * `state` that belongs to it.
 */
export async function begun(page: Page, provider: string): Promise<string> {
  const challenge = randomBytes(32).toString('base64url')
  const state = `provider-connection.${provider}.${challenge}`
  await page.addInitScript(
    ([provider, challenge, state]) => {
      if (new URLSearchParams(location.search).get('state') !== state) return
      const pending = { provider, verifier: 'v'.repeat(43), challenge, page: location.origin, at: Date.now(), left: true, failure: null }
      sessionStorage.setItem('provider-connection', JSON.stringify(pending))
    },
    [provider, challenge, state] as const,
  )
  return state
}
