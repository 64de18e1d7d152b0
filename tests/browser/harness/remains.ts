import assert from 'node:assert/strict'

import type { User } from '../../node/harness/simulator.ts'
import type { Backend } from './backend.ts'
import type { Tab } from './tab.ts'

/** Everything that a page and its browser keep: a name for the place, and what is there. */
async function remains(tab: Tab): Promise<[string, string][]> {
  const places = await tab.page.evaluate(async () => {
    const places: [string, string][] = [
      ['localStorage', JSON.stringify({ ...localStorage })],
      ['sessionStorage', JSON.stringify({ ...sessionStorage })],
      ['document.cookie', document.cookie],
      ['window.name', window.name],
      ['document.referrer', document.referrer],
      ['history.state', JSON.stringify(history.state)],
    ]
    for (const { name } of await indexedDB.databases()) {
      if (name !== undefined) places.push([`IndexedDB ${name}`, JSON.stringify(await records(name))])
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        const response = await cache.match(request)
        places.push([`cache ${name}`, `${request.url} ${await response?.text()}`])
      }
    }
    walk(document.documentElement, 'DOM')
    return places

    function opened<T>(request: IDBRequest<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(new Error(String(request.error)))
      })
    }

    async function records(name: string): Promise<unknown[]> {
      const database = await opened(indexedDB.open(name))
      const found: unknown[] = []
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store)
        found.push(await opened(objects.getAllKeys()), await opened(objects.getAll()))
      }
      database.close()
      return found
    }

    /** Light and shadow, with what is typed into fields. */
    function walk(node: Node, path: string): void {
      if (node instanceof Element) {
        for (const { name, value } of node.attributes) places.push([`${path} attribute ${name}`, value])
        if (node instanceof HTMLInputElement) places.push([`${path} value`, node.value])
        if (node.shadowRoot) walk(node.shadowRoot, `${path} shadow`)
      } else if (!(node instanceof DocumentFragment)) {
        places.push([path, node.nodeValue ?? ''])
      }
      for (const child of node.childNodes) walk(child, `${path} ${child.nodeName.toLowerCase()}`)
    }
  })
  const cookies = await tab.page.context().cookies()
  return [...places, ['history', JSON.stringify(await addresses(tab))], ['cookies', JSON.stringify(cookies)]]
}

/** The app's addresses in the tab's history: those of Nhost Auth and the provider are not ours. */
async function addresses(tab: Tab): Promise<string[]> {
  const session = await tab.page.context().newCDPSession(tab.page)
  const { entries } = await session.send('Page.getNavigationHistory')
  await session.detach()
  const own = new URL(tab.page.url()).origin
  return entries.map((entry) => entry.url).filter((url) => new URL(url).origin === own)
}

/** Fails where the browser holds a provider token, and where the page shows or keeps a JWT. */
export async function assertKeepsNoToken(tab: Tab, backend: Backend, user: User, providers: string[]): Promise<void> {
  const tokens = (await Promise.all(providers.map((provider) => backend.tokens(user, provider)))).flat()
  assert.ok(tokens.length >= providers.length, 'there are tokens to look for')
  // Whatever the simulator gives out, older tokens included, begins like this.
  const needles = [...tokens, 'sim-at-', 'sim-rt-']
  const kept = await remains(tab)
  assert.ok(
    kept.some(([place, text]) => place.includes('shadow') && text.length > 0),
    'the shadow of the element is looked into',
  )
  for (const [place, text] of kept) {
    for (const needle of needles) assert.ok(!text.includes(needle), `a provider token is in ${place}`)
    // Three parts, of which the first is the base64 of `{"`: RFC 7519, section 3.
    assert.doesNotMatch(text, /eyJ[\w-]+\.[\w-]+\.[\w-]+/, `a JWT is in ${place}`)
  }
}
