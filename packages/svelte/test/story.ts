/** Bundled twice by svelte.test.ts, as for a server and as for a browser. */
import { createProviderConnections, type ProviderConnections } from '@provider-connections/svelte'
import { flushSync, hydrate, mount, unmount } from 'svelte'
import { render } from 'svelte/server'
import { SvelteMap } from 'svelte/reactivity'

import App from './App.svelte'

export { createProviderConnections, flushSync, unmount }

const shown = new SvelteMap<'provider', 'google' | 'github'>()
const provider = () => shown.get('provider') ?? 'google'

export const show = (next: 'google' | 'github') => void shown.set('provider', next)
export const served = (client: ProviderConnections): string => render(App, { props: { client, provider } }).body
export const mounted = (client: ProviderConnections, target: Element) => mount(App, { target, props: { client, provider } })
export const hydrated = (client: ProviderConnections, target: Element) => hydrate(App, { target, props: { client, provider } })
