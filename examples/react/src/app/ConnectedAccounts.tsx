import { useProviderConnections } from '@provider-connections/react'

import { Account } from './Account.tsx'
import { PROVIDERS } from './config.ts'

export function ConnectedAccounts() {
  const { connections, loading, error, live, refetch } = useProviderConnections()
  return (
    <section aria-labelledby="accounts" aria-busy={loading}>
      <h2 id="accounts">Your accounts</h2>
      {loading ? (
        <p>Loading…</p>
      ) : (
        <ul className="accounts" data-live={live}>
          {PROVIDERS.map((provider) => (
            <Account key={provider} provider={provider} connection={connections.find((each) => each.provider === provider)} />
          ))}
        </ul>
      )}
      {error !== null && (
        <p role="alert" className="problem">
          {error.message}{' '}
          <button type="button" onClick={() => void refetch()}>
            Try again
          </button>
        </p>
      )}
    </section>
  )
}
