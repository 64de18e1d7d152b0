import { ProviderConnectionsProvider } from '@provider-connections/react'

import { signInUrl } from '../connections/addresses.ts'
import { type OnReturn, useConnectOnReturn } from '../connections/useConnectOnReturn.ts'
import { useUserId } from '../connections/useUserId.ts'
import { nameOf, PROVIDERS } from './config.ts'
import { ConnectedAccounts } from './ConnectedAccounts.tsx'
import { Leave } from './Leave.tsx'
import { connections, nhost, signOut } from './nhost.ts'

export function App() {
  const onReturn = useConnectOnReturn(nhost, connections)
  const userId = useUserId(nhost)
  const connecting = onReturn.state === 'connecting'
  return (
    <>
      <header>
        <h1>Connected accounts</h1>
        {userId !== undefined && !connecting && (
          <button type="button" onClick={() => void signOut()}>
            Sign out
          </button>
        )}
      </header>
      <main>
        <Told onReturn={onReturn} />
        {connecting ? null : userId === undefined ? (
          <SignIn />
        ) : (
          <ProviderConnectionsProvider client={connections}>
            <ConnectedAccounts />
          </ProviderConnectionsProvider>
        )}
      </main>
    </>
  )
}

/** How it went with the sign-in that led here. */
function Told({ onReturn }: { onReturn: OnReturn }) {
  const name = onReturn.state === 'none' ? 'your account' : nameOf(onReturn.provider)
  return (
    <>
      <p role="status" className="told">
        {onReturn.state === 'connecting' && `Connecting ${name}…`}
        {onReturn.state === 'connected' && `Connected ${name}.`}
      </p>
      {onReturn.state === 'failed' && (
        <p role="alert" className="problem">
          Could not connect {name}. {onReturn.failure.message}{' '}
          {onReturn.retry !== undefined && (
            <button type="button" onClick={onReturn.retry}>
              Try again
            </button>
          )}
        </p>
      )}
    </>
  )
}

function SignIn() {
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in">Sign in</h2>
      <p>Choose an account. Your access to it is kept on the server, not in this browser.</p>
      <ul className="choices">
        {PROVIDERS.map((provider) => (
          <li key={provider}>
            <Leave to={() => signInUrl(nhost, provider)}>Sign in with {nameOf(provider)}</Leave>
          </li>
        ))}
      </ul>
    </section>
  )
}
