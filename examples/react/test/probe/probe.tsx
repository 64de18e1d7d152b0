/** A page for the tests: components that use the hook and nothing else, and tell what they were handed. */
import { ProviderConnectionsProvider, useProviderToken } from '@provider-connections/react'
import { StrictMode, useLayoutEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { connections, nhost } from '../../src/app/nhost.ts'
import { signInUrl } from '../../src/connections/addresses.ts'
import { useConnectOnReturn } from '../../src/connections/useConnectOnReturn.ts'
import { useUserId } from '../../src/connections/useUserId.ts'

/** In the order in which they were handed out, to be counted. */
const tokens: string[] = []
function numberOf(token: string): number {
  if (!tokens.includes(token)) tokens.push(token)
  return tokens.indexOf(token) + 1
}

function Probe() {
  const { accessToken, expiresAt, error } = useProviderToken('google')
  const [, render] = useState(0)
  const [used, setUsed] = useState('')
  const number = accessToken === null ? 'none' : numberOf(accessToken)
  // After every render.
  useLayoutEffect(() => {
    if (accessToken !== null && expiresAt !== null && expiresAt <= Date.now()) document.documentElement.dataset['expired'] = 'seen'
  })
  const use = async () => {
    if (accessToken === null) return setUsed(`nothing to use`)
    const url = new URL('/providers/google/userinfo', nhost.auth.baseURL)
    const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })
    setUsed(`token ${number} used: ${response.status}`)
  }
  return (
    <div>
      <p>
        token: {number}, problem: {error?.code ?? 'none'}
      </p>
      <p>{used}</p>
      <button onClick={() => render((before) => before + 1)}>Render</button>
      <button onClick={() => void use()}>Use</button>
    </div>
  )
}

function Probes() {
  const [count, setCount] = useState(1)
  return (
    <>
      <p>probes: {count}</p>
      <button onClick={() => setCount(0)}>Leave</button>
      <button onClick={() => setCount(1)}>Come</button>
      <button onClick={() => setCount(2)}>Come twice</button>
      {Array.from({ length: count }, (_, index) => (
        <Probe key={index} />
      ))}
    </>
  )
}

function Page() {
  const onReturn = useConnectOnReturn(nhost, connections)
  const userId = useUserId(nhost)
  if (onReturn.state === 'connecting') return null
  if (userId === undefined) return <button onClick={() => void signInUrl(nhost, 'google').then((address) => location.assign(address))}>Sign in with Google</button>
  return (
    <ProviderConnectionsProvider client={connections}>
      <p>{onReturn.state === 'connected' && 'Connected Google.'}</p>
      <Probes />
    </ProviderConnectionsProvider>
  )
}

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
)
