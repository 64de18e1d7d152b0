declare module '*.svelte' {
  import type { ProviderConnections } from '@provider-connections/svelte'
  import type { Component } from 'svelte'

  const component: Component<{ client: ProviderConnections; provider: () => 'google' | 'github' }>
  export default component
}
