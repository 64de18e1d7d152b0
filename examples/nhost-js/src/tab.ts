/** The part of a tab's `sessionStorage` that is used. */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>

const KEY = 'provider-sign-in'

/**
 * What ties a sign-in to the tab that began it: a random value, which Nhost Auth brings back in `state`. Without it, whoever
 * follows a link with somebody else's `refreshToken` would be signed in as them.
 */
export class Tab {
  readonly #storage: Storage

  constructor(storage = globalThis.document === undefined ? new Memory() : sessionStorage) {
    this.#storage = storage
  }

  /** The same for each button, until a sign-in is back. */
  stateOf(provider: string): string {
    const kept = this.#storage.getItem(KEY)
    if (kept !== null) return `${provider}.${kept}`
    const made = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    this.#storage.setItem(KEY, made)
    return `${provider}.${made}`
  }

  /** Which provider a `state` of this tab is of, once; undefined: it is somebody else's. */
  take(state: string | null): string | undefined {
    const kept = this.#storage.getItem(KEY)
    const [provider, value] = state?.split('.') ?? []
    if (kept === null || value !== kept) return undefined
    this.#storage.removeItem(KEY)
    return provider
  }
}

/** Where there is no tab, as in the story that `main.ts` plays. */
class Memory implements Storage {
  readonly #kept = new Map<string, string>()

  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    this.#kept.set(key, value)
  }

  removeItem(key: string): void {
    this.#kept.delete(key)
  }
}
