import { createClient } from '@nhost/nhost-js'
import { useState } from 'react'

import { signInAgainUrl, signInUrl } from '../src/connections/addresses.ts'
import { callApi } from '../src/connections/callApi.ts'
import { ConnectionsProvider } from '../src/connections/ConnectionsProvider.tsx'
import { useConnectOnReturn } from '../src/connections/useConnectOnReturn.ts'
import { useProviderConnections } from '../src/connections/useProviderConnections.ts'
import { useProviderToken } from '../src/connections/useProviderToken.ts'
import { useUserId } from '../src/connections/useUserId.ts'

const nhost = createClient({ subdomain: 'your-subdomain', region: 'eu-central-1' })
const graphqlUrl = 'https://connections.example.com/graphql'

export function App() {
  const onReturn = useConnectOnReturn(nhost)
  const userId = useUserId(nhost)
  if (onReturn.state === 'connecting') return <p role="status">Connecting…</p>
  if (onReturn.state === 'failed') return <p role="alert">{onReturn.problem.message}</p>
  if (userId === undefined) return <a href={signInUrl(nhost, 'google')}>Sign in with Google</a>
  return (
    <ConnectionsProvider key={userId} nhost={nhost} graphqlUrl={graphqlUrl}>
      <Accounts />
      <Files />
    </ConnectionsProvider>
  )
}

function Accounts() {
  const { connections, loading } = useProviderConnections()
  return <p>{loading ? 'Loading…' : connections.map(({ provider, status }) => `${provider}: ${status}`).join(', ')}</p>
}

function Files() {
  const { problem, getToken } = useProviderToken('google')
  const [status, setStatus] = useState('')
  if (problem?.reauthenticationUrl !== undefined) return <a href={signInAgainUrl(problem.reauthenticationUrl, 'google')}>Sign in again</a>
  const list = async () => {
    const response = await callApi(getToken, 'https://www.googleapis.com/drive/v3/files')
    setStatus(`Google answers ${response.status}.`)
  }
  return <button onClick={() => void list()}>List my files {status}</button>
}
