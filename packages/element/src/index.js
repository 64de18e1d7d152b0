import { ProviderConnectionsElement } from './element.js'
import { beginSignIn, handleReturn, takeRefreshToken } from './round-trip.js'

const TAG = 'provider-connections'

// Once, even where two copies are loaded; and not at all where there is no browser.
if (globalThis.customElements !== undefined && customElements.get(TAG) === undefined) {
  customElements.define(TAG, ProviderConnectionsElement)
}

export { ProviderConnectionsElement, beginSignIn, handleReturn, takeRefreshToken }
