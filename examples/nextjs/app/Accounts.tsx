'use client'

import { type Connection, endsSoon, type OAuthProvider, useProviderConnections } from '@provider-connections/react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'

import { leaveFor, signInAgain, signOut } from '../lib/browser.ts'
import { nameOf, PROVIDERS } from '../lib/config.ts'

/** The server's list at first, and live from then on. */
export function Accounts() {
  const { connections, error } = useProviderConnections()
  const router = useRouter()
  return (
    <>
      <ul>
        {PROVIDERS.map((provider) => (
          <Account key={provider} provider={provider} connection={connections.find((one) => one.provider === provider)} />
        ))}
      </ul>
      {error !== null && <p role="alert">{error.message}</p>}
      <button onClick={() => void signOut().then(() => router.refresh())}>Sign out</button>
    </>
  )
}

function Account({ provider, connection }: { provider: OAuthProvider; connection: Connection | undefined }) {
  const { disconnect } = useProviderConnections()
  const [problem, setProblem] = useState('')
  const name = nameOf(provider)
  const act = (work: Promise<unknown>) => void work.catch((thrown: unknown) => setProblem(thrown instanceof Error ? thrown.message : 'That did not work.'))
  return (
    <li>
      {name}: {connection === undefined ? 'not connected' : inWords(connection)}{' '}
      {connection === undefined ? (
        <button onClick={() => act(leaveFor(provider))}>Connect {name}</button>
      ) : (
        <>
          {(connection.status === 'REAUTHENTICATION_REQUIRED' || endsSoon(connection)) && <button onClick={() => act(signInAgain(provider))}>Sign in to {name} again</button>}
          <Link href={`/profile/${provider}`} prefetch={false}>
            Who am I at {name}?
          </Link>{' '}
          <button onClick={() => act(disconnect(provider))}>Disconnect {name}</button>
        </>
      )}
      {problem !== '' && <p role="alert">{problem}</p>}
    </li>
  )
}

function inWords({ status, account }: Connection): string {
  if (status === 'REAUTHENTICATION_REQUIRED') return 'access has ended'
  return account?.email == null ? 'connected' : `connected as ${account.email}`
}
