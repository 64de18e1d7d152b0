import type { Person } from './person.ts'

/** All that a browser keeps of the page, and all that is in it, as one text. */
export async function holdings({ context, page }: Person): Promise<string> {
  const cookies = await context.cookies()
  const kept = await page.evaluate(async () => {
    const databases: unknown[] = []
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name ?? '')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(new Error('IndexedDB does not open'))
      })
      for (const store of database.objectStoreNames) {
        databases.push(
          await new Promise((resolve, reject) => {
            const request = database.transaction(store).objectStore(store).getAll()
            request.onsuccess = () => resolve(request.result)
            request.onerror = () => reject(new Error('IndexedDB does not answer'))
          }),
        )
      }
    }
    const caches: string[] = []
    for (const name of await window.caches.keys()) {
      const cache = await window.caches.open(name)
      for (const request of await cache.keys()) caches.push(request.url, (await (await cache.match(request))?.text()) ?? '')
    }
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => ('value' in field ? field.value : ''))
    const html = document.documentElement.outerHTML
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, databases, caches, fields, html, location.href, history.state, window.name])
  })
  return kept + JSON.stringify(cookies)
}
