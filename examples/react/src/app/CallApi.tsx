import { callApi, Failure, type OAuthProvider, useProviderToken } from '@provider-connections/react'
import { useState } from 'react'

import { signInAgainUrl } from '../connections/addresses.ts'
import { nameOf, userinfoUrl } from './config.ts'
import { Leave } from './Leave.tsx'

/** Uses the token: this page's own call of the provider's API. */
export function CallApi({ provider }: { provider: OAuthProvider }) {
  const { accessToken, expiresAt, error, getToken } = useProviderToken(provider)
  const [answer, setAnswer] = useState('')
  const name = nameOf(provider)
  const reauthenticationUrl = error?.reauthenticationUrl ?? null
  const call = async () => {
    setAnswer(`Asking ${name}…`)
    try {
      const response = await callApi(getToken, userinfoUrl(provider))
      const body: unknown = await response.json()
      setAnswer(response.ok ? `${name} knows you as ${emailIn(body)}.` : `${name} answers ${response.status}.`)
    } catch (thrown) {
      setAnswer(thrown instanceof Failure ? thrown.message : `${name} can’t be reached.`)
    }
  }
  const until = expiresAt === null ? '' : ` It is replaced before ${new Date(expiresAt).toLocaleTimeString()}.`
  return (
    <>
      {accessToken !== null && <p className="token">This page has an access token.{until}</p>}
      {error !== null && (
        <p role="alert" className="problem">
          {error.message}
        </p>
      )}
      {reauthenticationUrl !== null && (
        <div className="buttons">
          <Leave to={() => signInAgainUrl(reauthenticationUrl, provider)}>Sign in to {name} again</Leave>
        </div>
      )}
      <div className="buttons">
        <button type="button" onClick={() => void call()}>
          Ask {name} who I am
        </button>
      </div>
      <p role="status" className="answer">
        {answer}
      </p>
    </>
  )
}

function emailIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'email' in body ? String(body.email) : 'someone'
}
