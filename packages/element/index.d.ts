import type { OAuthProvider } from './dist/types/providers.js'
import type { Connection } from './dist/types/types.js'
import { ProviderConnectionsElement } from './dist/types/element.js'

export { ProviderConnectionsElement }
export { beginSignIn, handleReturn, takeRefreshToken } from './dist/types/round-trip.js'
export type { OAuthProvider }
export type { AccessGrant, Account, Connection, ConnectionEvent, ConnectionFailure, ConnectionStatus, JwtFunction, JwtSource, LastUse } from './dist/types/types.js'
export type { Exchange } from './dist/types/signin.js'
export type { Strings } from './dist/types/strings/index.js'

/** What the element tells the app. No detail has a provider's token; `url` of `signin` may have the user's own JWT. */
export interface ProviderConnectionsEventMap {
  changed: CustomEvent<{ connections: readonly Connection[] }>
  connected: CustomEvent<{ provider: OAuthProvider }>
  refreshed: CustomEvent<{ provider: OAuthProvider }>
  disconnected: CustomEvent<{ provider: OAuthProvider }>
  /** An app may no longer read the access token of the connection. */
  revoked: CustomEvent<{ provider: OAuthProvider; clientId: string }>
  failed: CustomEvent<{ code: string; message: string; provider?: OAuthProvider; reauthenticationUrl?: string }>
  /** Before the browser leaves for the sign-in; `preventDefault()` lets the app go there itself. */
  signin: CustomEvent<{ provider: OAuthProvider; url: string }>
}

declare module './dist/types/element.js' {
  interface ProviderConnectionsElement {
    addEventListener<K extends keyof ProviderConnectionsEventMap>(
      type: K,
      listener: (this: ProviderConnectionsElement, event: ProviderConnectionsEventMap[K]) => unknown,
      options?: boolean | AddEventListenerOptions,
    ): void
    addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
    removeEventListener<K extends keyof ProviderConnectionsEventMap>(
      type: K,
      listener: (this: ProviderConnectionsElement, event: ProviderConnectionsEventMap[K]) => unknown,
      options?: boolean | EventListenerOptions,
    ): void
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'provider-connections': ProviderConnectionsElement
  }
}
