/** What the test's app shows to the tests: `window.app`. */
export interface App {
  /** The events of the elements, in order. */
  events: { type: string; detail: Record<string, unknown> }[]
  /** `fresh` of each call of `jwt`, in order. */
  asked: boolean[]
  /** Whether Nhost Auth is asked for another JWT when `fresh` says so. */
  renews: boolean
  /** Whether the app keeps the page where it is when the element would leave for a sign-in. */
  stays: boolean
  /** Another session, by its refresh token, on the same page. */
  signIn(refreshToken: string): void
  /**
   * Waits for the renewal that is under way and begins no other. Nhost Auth takes a refresh token once: a page that
   * is left amid a renewal loses the session with its answer, and the next page is answered 401.
   */
  leave(): Promise<void>
  /** Forgets the session, as "sign out" does. */
  signOut(): void
}

/** What the page is told by the test. */
export interface AppSettings {
  /** Base URL of Nhost Auth. */
  auth: string
  /** The attributes of each element. */
  attributes: Record<string, string>
  elements: number
  /** Takes each element out again and puts it back, as React's StrictMode does. */
  strict: boolean
  /** Whether sign-ins come back with a code (PKCE), which the app exchanges. */
  pkce: boolean
}

declare global {
  interface Window {
    app: App
  }
}
