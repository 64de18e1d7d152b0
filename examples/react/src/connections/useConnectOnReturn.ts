import type { NhostClient } from '@nhost/nhost-js'
import { FetchError } from '@nhost/nhost-js/fetch'
import { Failure, type OAuthProvider, type ProviderConnections } from '@provider-connections/react'
import { useCallback, useEffect, useState } from 'react'

import { type Return, returnIn, withoutReturn } from './addresses.ts'

export type OnReturn =
  /** No sign-in has returned to this page, or one that there is nothing to connect of. */
  | { state: 'none' }
  | { state: 'connecting'; provider: OAuthProvider | undefined }
  | { state: 'connected'; provider: OAuthProvider }
  /** `retry` where trying again may help. */
  | { state: 'failed'; provider: OAuthProvider | undefined; failure: Failure; retry: (() => void) | undefined }

/**
 * On the page that a sign-in returns to: exchanges Nhost's refresh token for a session, and connects the provider right
 * away, before its session at Nhost Auth is lost. Call it in one component, above all that shows connections.
 */
export function useConnectOnReturn(nhost: NhostClient, connections: ProviderConnections): OnReturn {
  const [onReturn, setOnReturn] = useState<OnReturn>(() => {
    const found = returnIn(location.href)
    return found === undefined ? { state: 'none' } : { state: 'connecting', provider: found.provider }
  })
  const [attempt, setAttempt] = useState(0)
  const retry = useCallback(() => {
    if (arrival === undefined) return
    setOnReturn({ state: 'connecting', provider: arrival.provider })
    setAttempt((before) => before + 1)
  }, [])

  useEffect(() => {
    let left = false
    const show = (next: OnReturn) => {
      if (!left) setOnReturn(next)
    }
    void arrive(nhost, connections)?.connect(attempt).then(
      (provider) => show(provider === undefined ? { state: 'none' } : { state: 'connected', provider }),
      (thrown: unknown) => {
        const failure = failureOf(thrown)
        const provider = arrival?.provider
        show({ state: 'failed', provider, failure, retry: failure.retryAfter === null ? undefined : retry })
      },
    )
    return () => {
      left = true
    }
  }, [nhost, connections, attempt, retry])
  return onReturn
}

/** One page load is one return, however often React mounts what asks for it: StrictMode does so twice. */
let arrival: Arrival | undefined

function arrive(nhost: NhostClient, connections: ProviderConnections): Arrival | undefined {
  if (arrival !== undefined) return arrival
  const found = returnIn(location.href)
  if (found === undefined) return undefined
  // At once: a reload, a bookmark or a step back shall not find a token that is used up, nor anyone else one that is not.
  history.replaceState(history.state, '', withoutReturn(location.href))
  arrival = new Arrival(nhost, connections, found)
  return arrival
}

class Arrival {
  readonly provider: OAuthProvider | undefined
  readonly #nhost: NhostClient
  readonly #connections: ProviderConnections
  readonly #error: string | undefined
  #refreshToken: string | undefined
  readonly #attempts = new Map<number, Promise<OAuthProvider | undefined>>()

  constructor(nhost: NhostClient, connections: ProviderConnections, { provider, refreshToken, error }: Return) {
    this.#nhost = nhost
    this.#connections = connections
    this.provider = provider
    this.#refreshToken = refreshToken
    this.#error = error
  }

  /** Whoever asks for the same attempt joins it. */
  connect(attempt: number): Promise<OAuthProvider | undefined> {
    const joined = this.#attempts.get(attempt) ?? this.#connect()
    this.#attempts.set(attempt, joined)
    return joined
  }

  async #connect(): Promise<OAuthProvider | undefined> {
    if (this.#error !== undefined) throw new Failure('SIGN_IN', inWords(this.#error))
    if (this.#refreshToken !== undefined) {
      await this.#nhost.auth.refreshToken({ refreshToken: this.#refreshToken })
      this.#refreshToken = undefined
    }
    // Whoever comes by such an address without a sign-in has nothing to connect.
    if (this.provider === undefined || this.#nhost.getUserSession() === null) return undefined
    await this.#connections.connect(this.provider)
    return this.provider
  }
}

/** Of what the server or nhost-js threw. */
function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  // Nhost Auth's: the token that came with the address was used before, or is too old.
  if (thrown instanceof FetchError && thrown.status === 401) return new Failure('SIGN_IN', 'The sign-in has expired. Sign in again.')
  return new Failure('OFFLINE', 'Nhost Auth can’t be reached. Try again.', { retryAfter: 10 })
}

/** Our words for Nhost Auth's codes. What else is in an address may come from anyone, and is never shown. */
function inWords(error: string): string {
  switch (error) {
    case 'oauth-provider-error':
      return 'The provider did not let you in, or you said no there.'
    case 'provider-account-already-linked':
      return 'This account is connected to a user already. Choose another one, or sign in with it.'
    case 'disabled-endpoint':
      return 'This provider is not set up for this app.'
    case 'disabled-user':
      return 'This user is disabled.'
    default:
      return 'Signing in did not work. Please try again.'
  }
}
