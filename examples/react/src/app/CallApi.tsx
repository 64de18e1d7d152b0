import { useState } from 'react'

import { signInAgainUrl } from '../connections/addresses.ts'
import { callApi } from '../connections/callApi.ts'
import { Problem } from '../connections/problem.ts'
import { useProviderToken } from '../connections/useProviderToken.ts'
import type { OAuthProvider } from '../generated.ts'
import { nameOf, userinfoUrl } from './config.ts'

/** Uses the token: this page's own call of the provider's API. */
export function CallApi({ provider }: { provider: OAuthProvider }) {
  const { accessToken, expiresAt, problem, getToken } = useProviderToken(provider)
  const [answer, setAnswer] = useState('')
  const name = nameOf(provider)
  const call = async () => {
    setAnswer(`Asking ${name}…`)
    try {
      const response = await callApi(getToken, userinfoUrl(provider))
      const body: unknown = await response.json()
      setAnswer(response.ok ? `${name} knows you as ${emailIn(body)}.` : `${name} answers ${response.status}.`)
    } catch (thrown) {
      setAnswer(Problem.from(thrown).message)
    }
  }
  const until = expiresAt === undefined ? '' : ` It is replaced before ${new Date(expiresAt).toLocaleTimeString()}.`
  return (
    <>
      {accessToken !== undefined && <p className="token">This page has an access token.{until}</p>}
      {problem !== undefined && (
        <p role="alert" className="problem">
          {problem.message}{' '}
          {problem.reauthenticationUrl !== undefined && (
            <a href={signInAgainUrl(problem.reauthenticationUrl, provider)}>Sign in to {name} again</a>
          )}
        </p>
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
