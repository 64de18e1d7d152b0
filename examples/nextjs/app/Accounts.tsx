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
      <button onClick={() => void signOut().then(() => router.refresh())}>Sign out</button>
      {error !== null && <p role="alert">{error.message}</p>}
    </>
  )
}

/** What changes has a line below the buttons, which stay where they are and what they are: nobody clicks one that has just come there. */
function Account({ provider, connection }: { provider: OAuthProvider; connection: Connection | undefined }) {
  const { disconnect } = useProviderConnections()
  const [problem, setProblem] = useState('')
  const name = nameOf(provider)
  const needsSignIn = connection !== undefined && (connection.status === 'REAUTHENTICATION_REQUIRED' || endsSoon(connection))
  const act = (work: Promise<unknown>) => void work.catch((thrown: unknown) => setProblem(thrown instanceof Error ? thrown.message : 'That did not work.'))
  return (
    <li>
      {name}{' '}
      {connection === undefined ? (
        <button onClick={() => act(leaveFor(provider))}>Connect {name}</button>
      ) : (
        <>
          <Link href={`/profile/${provider}`} prefetch={false}>
            Who am I at {name}?
          </Link>{' '}
          <button onClick={() => act(disconnect(provider))}>Disconnect {name}</button>{' '}
          <button disabled={!needsSignIn} onClick={() => act(signInAgain(provider))}>
            Sign in to {name} again
          </button>
        </>
      )}
      <p>{connection === undefined ? 'Not connected' : inWords(connection)}</p>
      {problem !== '' && <p role="alert">{problem}</p>}
    </li>
  )
}

function inWords({ status, account }: Connection): string {
  if (status === 'REAUTHENTICATION_REQUIRED') return 'Access has ended'
  return account?.email == null ? 'Connected' : `Connected as ${account.email}`
}
