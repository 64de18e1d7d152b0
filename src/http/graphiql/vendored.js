const { headers, examples } = JSON.parse(document.getElementById('config').textContent)
const root = document.getElementById('graphiql')
const { GraphiQL, React, ReactDOM } = globalThis

// A header may have a JWT or the service secret in it, and GraphiQL's history writes headers to the
// browser's storage whatever it is told. Only queries and looks outlive this page.
const lasting = /^graphiql:(tabState|query|variables|operationName|theme|visiblePlugin)$/
const memory = new Map()
const place = (key) =>
  lasting.test(key)
    ? localStorage
    : {
        getItem: () => memory.get(key) ?? null,
        setItem: (_, value) => memory.set(key, value),
        removeItem: () => memory.delete(key),
      }
const storage = {
  get length() {
    return localStorage.length + memory.size
  },
  getItem: (key) => place(key).getItem(key),
  setItem: (key, value) => place(key).setItem(key, value),
  removeItem: (key) => place(key).removeItem(key),
  clear: () => {
    localStorage.clear()
    memory.clear()
  },
}

if (GraphiQL && React && ReactDOM) {
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      // The headers of the header editor become the payload of `connection_init`, JWT included.
      fetcher: GraphiQL.createFetcher({
        url: new URL('/graphql', location.origin).href,
        subscriptionUrl: new URL('/graphql', location.origin.replace(/^http/, 'ws')).href,
      }),
      defaultTabs: examples.map((query) => ({ query })),
      defaultHeaders: Object.keys(headers).length > 0 ? JSON.stringify(headers, null, 2) : undefined,
      storage,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    }),
  )
} else {
  root.firstElementChild.textContent = 'GraphiQL could not be loaded: reload the page. The API itself is at /graphql; any other GraphQL client will do.'
}
