import { field, list, parse } from '../../element/src/json.js'
import { errorIn, offline } from './errorOf.ts'
import type { ProviderConnectionsError } from './errors.ts'

/** How long an answer may take, in milliseconds: longer than the server lets an upstream take. */
export const LIMIT = 40_000

export interface Answer {
  /** null: nothing could be answered. */
  data: unknown
  /** Of what could not be answered. */
  errors: readonly ProviderConnectionsError[]
}

/**
 * One GraphQL request, and all that came of it.
 * @throws {ProviderConnectionsError} `OFFLINE` where nobody who speaks GraphQL answers.
 */
export async function send(endpoint: string, headers: Headers, query: string, variables: unknown): Promise<Answer> {
  const answer = await exchange(endpoint, headers, JSON.stringify({ query, variables }))
  const [data = null, errors] = [field(answer, 'data'), list(field(answer, 'errors'))]
  if (data === null && errors.length === 0) throw offline()
  return { data, errors: errors.map(errorIn) }
}

/**
 * As `send`, for a user's JWT; null: nobody's call.
 * @throws {ProviderConnectionsError} The first error where no field was answered.
 */
export async function post(endpoint: string, jwt: string | null, query: string, variables: object): Promise<Answer> {
  const headers = new Headers(jwt === null ? {} : { authorization: `Bearer ${jwt}` })
  const { data, errors } = await send(endpoint, headers, query, variables)
  // A part that could not be read leaves the rest standing.
  const answered = typeof data === 'object' && data !== null && Object.values(data).some((value) => value !== null)
  if (errors[0] !== undefined && !answered) throw errors[0]
  return { data, errors }
}

async function exchange(endpoint: string, headers: Headers, body: string): Promise<unknown> {
  headers.set('content-type', 'application/json')
  headers.set('accept', 'application/json')
  // React Native has no AbortSignal.timeout. Elsewhere its clock is better: one that wakes up late doesn't end what has just been sent.
  const abort = typeof AbortSignal === 'function' && 'timeout' in AbortSignal ? null : new AbortController()
  const timer = abort === null ? undefined : setTimeout(() => abort.abort(), LIMIT)
  try {
    // A redirect would take the service secret to another origin: fetch removes only `Authorization`.
    const redirect = headers.has('x-service-secret') ? 'error' : 'follow'
    const response = await fetch(endpoint, { method: 'POST', headers, body, credentials: 'same-origin', cache: 'no-store', redirect, signal: abort?.signal ?? AbortSignal.timeout(LIMIT) })
    return parse(await response.text())
  } catch {
    throw offline()
  } finally {
    clearTimeout(timer)
  }
}
