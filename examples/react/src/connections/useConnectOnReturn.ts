import type { NhostClient } from '@nhost/nhost-js'
import { FetchError } from '@nhost/nhost-js/fetch'
import { Failure, type OAuthProvider, type ProviderConnections, type ReturnedSignIn, takeSignIn } from '@provider-connections/react'
import { useCallback, useEffect, useState } from 'react'

export type OnReturn =
  /** No sign-in has returned to this page, or one that there is nothing to connect of. */
  | { state: 'none' }
  | { state: 'connecting'; provider: OAuthProvider }
  | { state: 'connected'; provider: OAuthProvider }
  /** `retry` where trying again may help. */
  | { state: 'failed'; provider: OAuthProvider; failure: Failure; retry: (() => void) | undefined }

/**
 * On the page that a sign-in returns to: exchanges Nhost's refresh token for a session, and connects the provider right
 * away, before its session at Nhost Auth is lost. Only a sign-in that this tab has begun counts: with a refresh token that
 * somebody has put into a link, the user would be signed in as them. Call it in one component, above all that shows
 * connections, and exchange a refresh token in no other place.
 */
export function useConnectOnReturn(nhost: NhostClient, connections: ProviderConnections): OnReturn {
  const [onReturn, setOnReturn] = useState<OnReturn>(() => {
    const found = arrive(nhost, connections)
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
    const found = arrive(nhost, connections)
    void found?.connect(attempt).then(
      (provider) => show(provider === undefined ? { state: 'none' } : { state: 'connected', provider }),
      (thrown: unknown) => {
        const failure = failureOf(thrown)
        show({ state: 'failed', provider: found.provider, failure, retry: failure.retryAfter === null ? undefined : retry })
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
  // Clears the address at once: a reload, a bookmark or a step back finds no token that is used up, nor anyone else one that is not.
  const found = takeSignIn()
  if (found === null) return undefined
  arrival = new Arrival(nhost, connections, found)
  return arrival
}

class Arrival {
  readonly provider: OAuthProvider
  readonly #nhost: NhostClient
  readonly #connections: ProviderConnections
  readonly #failure: Failure | null
  #refreshToken: string | null
  readonly #attempts = new Map<number, Promise<OAuthProvider | undefined>>()

  constructor(nhost: NhostClient, connections: ProviderConnections, { provider, refreshToken, failure }: ReturnedSignIn) {
    this.#nhost = nhost
    this.#connections = connections
    this.provider = provider
    this.#refreshToken = refreshToken
    this.#failure = failure
  }

  /** Whoever asks for the same attempt joins it. */
  connect(attempt: number): Promise<OAuthProvider | undefined> {
    const joined = this.#attempts.get(attempt) ?? this.#connect()
    this.#attempts.set(attempt, joined)
    return joined
  }

  async #connect(): Promise<OAuthProvider | undefined> {
    if (this.#failure !== null) throw new Failure(this.#failure.code, inWords(this.#failure.code))
    if (this.#refreshToken !== null) {
      await this.#nhost.auth.refreshToken({ refreshToken: this.#refreshToken })
      this.#refreshToken = null
    }
    // Whoever has signed out meanwhile has nothing to connect.
    if (this.#nhost.getUserSession() === null) return undefined
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

/** Our words for what a sign-in can come back with. What else is in an address may come from anyone, and is never shown. */
function inWords(code: string): string {
  switch (code) {
    case 'SIGN_IN_CANCELLED':
      return 'The provider did not let you in, or you said no there.'
    case 'SIGN_IN_NOT_BEGUN_HERE':
      return 'This sign-in was not begun in this tab. Sign in here.'
    case 'SIGN_IN_TOO_SLOW':
      return 'The sign-in took too long. Sign in again.'
    case 'SIGN_IN_UNFINISHED':
      return 'The sign-in was not finished. Sign in again.'
    case 'ALREADY_LINKED':
      return 'This account is connected to a user already. Choose another one, or sign in with it.'
    case 'PROVIDER_NOT_ENABLED':
      return 'This provider is not set up for this app.'
    case 'USER_DISABLED':
      return 'This user is disabled.'
    default:
      return 'Signing in did not work. Please try again.'
  }
}
