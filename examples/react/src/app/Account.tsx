import { type Connection, Failure, type OAuthProvider, useProviderConnections } from '@provider-connections/react'
import { type ReactNode, useState } from 'react'

import { linkUrl, signInAgainUrl } from '../connections/addresses.ts'
import { CallApi } from './CallApi.tsx'
import { nameOf } from './config.ts'
import { Leave } from './Leave.tsx'
import { nhost } from './nhost.ts'

interface Props {
  provider: OAuthProvider
  connection: Connection | undefined
}

/**
 * One provider: whether it is connected, what can be done, and what is wrong with it. Its buttons stay where they are and what they are,
 * however the connection changes, and texts that come later are below them: nobody clicks a button that has just come under the pointer.
 */
export function Account({ provider, connection }: Props) {
  const name = nameOf(provider)
  return (
    <li data-provider={provider} data-state={connection?.status ?? 'NOT_CONNECTED'}>
      <h3>{name}</h3>
      {connection === undefined ? <Connect provider={provider} /> : <Connected provider={provider} connection={connection} />}
    </li>
  )
}

function Connect({ provider }: { provider: OAuthProvider }) {
  return (
    <>
      <p className="state">Not connected.</p>
      <div className="buttons">
        <Leave to={() => linkUrl(nhost, provider)}>Connect {nameOf(provider)}</Leave>
      </div>
    </>
  )
}

function Connected({ provider, connection }: { provider: OAuthProvider; connection: Connection }) {
  const { refresh, disconnect } = useProviderConnections()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [asked, setAsked] = useState(false)
  const name = nameOf(provider)
  const ended = connection.status === 'REAUTHENTICATION_REQUIRED'
  // Either way the list shows what has become of the connection.
  const act = async (work: (provider: OAuthProvider) => Promise<unknown>) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await work(provider)
    } catch (thrown) {
      setProblem(inWordsOf(thrown))
    }
    setBusy(false)
  }
  return (
    <>
      <p className="state">{inWords(connection)}</p>
      <div className="buttons">
        <button type="button" disabled={busy || ended} onClick={() => void act(refresh)}>
          Refresh {name} now
        </button>
        <Leave to={() => signInAgainUrl(connection.reauthenticationUrl, provider)}>Sign in to {name} again</Leave>
        {asked ? (
          <Confirm text={`Remove ${name} from this app?`} no={() => setAsked(false)}>
            <button type="button" className="danger" disabled={busy} onClick={() => void act(disconnect)}>
              Yes, disconnect {name}
            </button>
          </Confirm>
        ) : (
          <button type="button" onClick={() => setAsked(true)}>
            Disconnect {name}
          </button>
        )}
      </div>
      <CallApi provider={provider} />
      <div className="later">
        <Told problem={problem ?? (ended ? undefined : connection.lastFailure?.message)} />
      </div>
    </>
  )
}

function Confirm({ text, no, children }: { text: string; no: () => void; children: ReactNode }) {
  return (
    <div role="group" aria-label={text} className="confirm">
      <p>{text}</p>
      {children}
      <button type="button" autoFocus onClick={no}>
        Keep it
      </button>
    </div>
  )
}

function Told({ problem }: { problem: string | undefined }) {
  return problem === undefined ? null : (
    <p role="alert" className="problem">
      {problem}
    </p>
  )
}

/** Of what the server or nhost-js threw. */
function inWordsOf(thrown: unknown): string {
  return thrown instanceof Failure ? thrown.message : 'That did not work. Try again.'
}

function inWords({ status }: Connection): string {
  switch (status) {
    case 'ACTIVE':
      return 'Connected.'
    case 'REFRESH_FAILING':
      return 'Connected. Renewal fails.'
    case 'REAUTHENTICATION_REQUIRED':
      return 'Access has ended.'
  }
}
