import { ERRORS } from './words.js'

/** Why something did not work, in words for a person. */
export class Failure extends Error {
  /** @param {string} message @param {string} [reason] As in `extensions.reason` of a GraphQL error. */
  constructor(message, reason = '') {
    super(message)
    this.reason = reason
  }
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error))

/** @param {unknown} body @param {string} [jwt] @returns {RequestInit} */
export const post = (body, jwt) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...(jwt && { authorization: `Bearer ${jwt}` }) },
  body: JSON.stringify(body),
})

/** @param {string} url @param {RequestInit} [options] */
export async function send(url, options) {
  try {
    return await fetch(url, options)
  } catch {
    throw new Failure(ERRORS.unreachable(new URL(url, location.href).host))
  }
}

/**
 * What `who` answers, as JSON.
 * @param {string} who
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function json(who, url, options) {
  const response = await send(url, options)
  const body = await response.json().catch(() => ({}))
  if (response.ok) return body
  throw new Failure(ERRORS.refused(who, body.message ?? body.reason ?? body.error ?? ERRORS.noReason, response.status))
}

/**
 * Asks this server with a JWT. A GraphQL error is thrown, even if it is about one field only.
 * @param {string} jwt
 * @param {string} query
 * @param {Record<string, unknown>} variables
 * @returns {Promise<any>}
 */
export async function ask(jwt, query, variables) {
  const response = await send('/graphql', post({ query, variables }, jwt))
  const { data, errors } = await response.json().catch(() => ({ errors: [{ message: ERRORS.noJson(response.status) }] }))
  if (!errors?.length) return data
  const { message, extensions = {} } = errors[0]
  throw new Failure(extensions.code ? `${message} (${extensions.code})` : message, extensions.reason)
}
