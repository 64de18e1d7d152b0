import { callApi, Failure, type OAuthProvider, useProviderToken } from '@provider-connections/react'
import { useState } from 'react'

import { nameOf, userinfoUrl } from './config.ts'

/** Uses the token: this page's own call of the provider's API. */
export function CallApi({ provider }: { provider: OAuthProvider }) {
  const { accessToken, expiresAt, error, getToken } = useProviderToken(provider)
  const [answer, setAnswer] = useState('')
  const name = nameOf(provider)
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
  const until = expiresAt === null ? '' : ` Expires ${new Date(expiresAt).toLocaleTimeString([], { timeStyle: 'short' })}.`
  return (
    <>
      <div className="buttons">
        <button type="button" onClick={() => void call()}>
          Ask {name} who I am
        </button>
      </div>
      <p role="status" className="answer">
        {answer}
      </p>
      {error === null ? (
        <p className="token">{accessToken === null ? 'This page has no access token yet.' : `This page has an access token.${until}`}</p>
      ) : (
        <p role="alert" className="token problem">
          {error.message}
        </p>
      )}
    </>
  )
}

function emailIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'email' in body ? String(body.email) : 'someone'
}
