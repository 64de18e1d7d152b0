/**
 * A header may hold a JWT or the service secret, and GraphiQL's history writes headers to the
 * browser's storage whatever it is told. Only the queries and the looks outlive the page.
 */
const lasting = /^graphiql:(tabState|query|variables|operationName|theme|visiblePlugin)$/

/** `localStorage` for what may last, memory for all else. */
export function carefulStorage(persistent: Storage) {
  const memory = new Map<string, string>()
  return {
    get length() {
      return persistent.length + memory.size
    },
    getItem: (key: string) => (lasting.test(key) ? persistent.getItem(key) : (memory.get(key) ?? null)),
    setItem(key: string, value: string) {
      if (lasting.test(key)) persistent.setItem(key, value)
      else memory.set(key, value)
    },
    removeItem(key: string) {
      if (lasting.test(key)) persistent.removeItem(key)
      else memory.delete(key)
    },
    clear() {
      persistent.clear()
      memory.clear()
    },
  }
}
