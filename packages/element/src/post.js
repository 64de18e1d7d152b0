import { Failure } from './failure.js'
import { field, list, parse } from './json.js'

/** How long an answer may take, in milliseconds: longer than the server lets an upstream take. */
export const LIMIT = 40_000

/**
 * @typedef {object} Answer
 * @property {unknown} data
 * @property {unknown[]} errors Of fields that could not be answered, where others were.
 */

/**
 * One GraphQL request.
 * @param {URL | string} endpoint
 * @param {string | null} jwt Null: nobody's call.
 * @param {string} query
 * @param {object} variables
 * @returns {Promise<Answer>}
 * @throws {Failure} `OFFLINE` where nobody who speaks GraphQL answers; the first error where no field was answered.
 */
export async function post(endpoint, jwt, query, variables) {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' })
  if (jwt !== null) headers.set('authorization', `Bearer ${jwt}`)
  let answer
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
  // A part that could not be read (`events`, say) leaves the rest standing.
  const answered = fields.some((value) => value !== null)
  if (errors.length > 0 && !answered) throw Failure.of(errors[0])
  if (fields.length === 0) throw new Failure('OFFLINE')
  return { data, errors }
}
