/** What is simulated beside the demo: the user's browser, and the provider's moods. Nothing of this is in an app. */
export class Simulated {
  readonly #origin: string

  constructor(nhostAuth: string) {
    this.#origin = new URL(nhostAuth).origin
  }

  /** Follows the redirects from `signInUrl`, allows what the provider asks, and answers the address it comes back to. */
  async browser(signInUrl: string, account: string): Promise<string> {
    const consent = await redirect(signInUrl)
    const state = new URL(consent).searchParams.get('state') ?? ''
    const form = new URLSearchParams({ state, account, behaviour: 'rotating', decision: 'allow' })
    const callback = await redirect(consent.split('?')[0] ?? consent, { method: 'POST', body: form })
    return await redirect(callback)
  }

  /** The provider's API. */
  userinfo(provider: string): string {
    return `${this.#origin}/providers/${provider}/userinfo`
  }

  async providerIsDown(provider: string, down: boolean): Promise<void> {
    await this.#control(`providers/${provider}/outage`, { down })
  }

  /** The user takes the grant back, or its access token ends before its time. */
  async grant(userId: string, provider: string, what: 'revoke' | 'expire'): Promise<void> {
    await this.#control(`grants/${userId}/${provider}/${what}`, {})
  }

  /** Lets time pass, for Nhost Auth, the provider and the server alike. */
  async wait(milliseconds: number): Promise<void> {
    await this.#control('clock/advance', { seconds: Math.ceil(milliseconds / 1000) })
  }

  async #control(path: string, body: object): Promise<void> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`${this.#origin}/control/${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }
}

async function redirect(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${new URL(url).pathname} did not redirect: is this the demo's Nhost Auth?`)
  return new URL(location, url).href
}
