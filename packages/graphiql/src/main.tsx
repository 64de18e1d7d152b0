import 'graphiql/setup-workers/vite'
import './style.css'

import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { readConfig } from './config.ts'
import { carefulStorage } from './storage.ts'

const { headers, examples } = readConfig(document)
const endpoint = new URL('/graphql', location.origin)
const socket = new URL('/graphql', location.origin.replace(/^http/, 'ws'))

// The headers of the header editor become the payload of `connection_init`, JWT included.
const fetcher = createGraphiQLFetcher({ url: endpoint.href, subscriptionUrl: socket.href })

const root = document.getElementById('graphiql')
if (root === null) throw new Error('The page has no place for GraphiQL.')
createRoot(root).render(
  <StrictMode>
    <GraphiQL
      fetcher={fetcher}
      storage={carefulStorage(localStorage)}
      defaultTabs={examples.map((query) => ({ query }))}
      defaultHeaders={Object.keys(headers).length > 0 ? JSON.stringify(headers, null, 2) : ''}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      {/* The page's own header names it. */}
      <GraphiQL.Logo>{null}</GraphiQL.Logo>
    </GraphiQL>
  </StrictMode>,
)
