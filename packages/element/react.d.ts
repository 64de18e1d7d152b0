// JSX of React 18 and 19: `import type {} from 'provider-connections-element/react'`.
import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { Exchange, JwtSource, OAuthProvider, ProviderConnectionsElement, ProviderConnectionsEventMap, Strings } from './index.js'

/** `scopes-google` and the like: the scopes that the app needs of a provider, separated by spaces. */
type Scopes = { [name in `scopes-${OAuthProvider}`]?: string }

/** Not called `Attributes`: below, that is React's. */
interface ProviderConnectionsAttributes extends DetailedHTMLProps<HTMLAttributes<ProviderConnectionsElement>, ProviderConnectionsElement>, Scopes {
  endpoint?: string
  providers?: string
  locale?: string
  theme?: 'auto' | 'light' | 'dark'
  'redirect-to'?: string
  live?: 'auto' | 'off'
  /** Nhost Auth has `POST /link/provider/…`. */
  'link-endpoint'?: '' | boolean
  avatars?: 'auto' | 'off'
  marks?: 'auto' | 'off'
  /** Properties and events by `on…` are React 19's; with React 18 set them by a ref. */
  jwt?: JwtSource
  exchange?: Exchange | null
  strings?: Partial<Strings>
  now?: () => number
  onchanged?: (event: ProviderConnectionsEventMap['changed']) => void
  onconnected?: (event: ProviderConnectionsEventMap['connected']) => void
  onrefreshed?: (event: ProviderConnectionsEventMap['refreshed']) => void
  ondisconnected?: (event: ProviderConnectionsEventMap['disconnected']) => void
  onrevoked?: (event: ProviderConnectionsEventMap['revoked']) => void
  onfailed?: (event: ProviderConnectionsEventMap['failed']) => void
  onsignin?: (event: ProviderConnectionsEventMap['signin']) => void
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'provider-connections': ProviderConnectionsAttributes
    }
  }
}
