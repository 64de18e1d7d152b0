import { Failure } from '../../element/src/failure.js'
import { field, list, parse } from '../../element/src/json.js'

/** How long an answer may take, in milliseconds: longer than the server lets an upstream take. */
const LIMIT = 40_000

export interface Answer {
  data: unknown
  /** Of fields that could not be answered, where others were. */
  errors: unknown[]
}

/**
 * One GraphQL request.
 * @throws {Failure} `OFFLINE` where nobody who speaks GraphQL answers; the first error where no field was answered.
 */
export async function post(endpoint: string, jwt: string | null, query: string, variables: object): Promise<Answer> {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' })
  if (jwt !== null) headers.set('authorization', `Bearer ${jwt}`)
  let answer: unknown
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(LIMIT),
    })
    answer = parse(await response.text())
  } catch {
    throw new Failure('OFFLINE')
  }
  const [data, errors] = [field(answer, 'data'), list(field(answer, 'errors'))]
  const fields = typeof data === 'object' && data !== null ? Object.values(data) : []
  const answered = fields.some((value) => value !== null)
  if (errors.length > 0 && !answered) throw Failure.of(errors[0])
  if (fields.length === 0) throw new Failure('OFFLINE')
  return { data, errors }
}
