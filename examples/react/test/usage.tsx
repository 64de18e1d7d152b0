import { createClient } from '@nhost/nhost-js'
import { callApi, createProviderConnections, nhostSession, ProviderConnectionsProvider, useProviderConnections, useProviderToken } from '@provider-connections/react'
import { useState } from 'react'

import { signInAgainUrl, signInUrl } from '../src/connections/addresses.ts'
import { useConnectOnReturn } from '../src/connections/useConnectOnReturn.ts'
import { useUserId } from '../src/connections/useUserId.ts'

const nhost = createClient({ subdomain: 'your-subdomain', region: 'eu-central-1' })
const connections = createProviderConnections({ endpoint: 'https://connections.example.com/graphql', session: nhostSession(nhost) })

const leave = async (address: Promise<string>) => location.assign(await address)

export function App() {
  const onReturn = useConnectOnReturn(nhost, connections)
  const userId = useUserId(nhost)
  if (onReturn.state === 'connecting') return <p role="status">Connecting…</p>
  if (onReturn.state === 'failed') return <p role="alert">{onReturn.failure.message}</p>
  if (userId === undefined) return <button onClick={() => void leave(signInUrl(nhost, 'google'))}>Sign in with Google</button>
  return (
    <ProviderConnectionsProvider client={connections}>
      <Accounts />
      <Files />
    </ProviderConnectionsProvider>
  )
}

function Accounts() {
  const { connections, loading } = useProviderConnections()
  return <p>{loading ? 'Loading…' : connections.map(({ provider, status }) => `${provider}: ${status}`).join(', ')}</p>
}

function Files() {
  const { error, getToken } = useProviderToken('google')
  const [status, setStatus] = useState('')
  const again = error?.reauthenticationUrl ?? null
  if (again !== null) return <button onClick={() => void leave(signInAgainUrl(again, 'google'))}>Sign in again</button>
  const list = async () => {
    const response = await callApi(getToken, 'https://www.googleapis.com/drive/v3/files')
    setStatus(`Google answers ${response.status}.`)
  }
  return <button onClick={() => void list()}>List my files {status}</button>
}
