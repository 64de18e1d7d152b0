// What a server answers is `unknown` until it was looked at.

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {unknown}
 */
export const field = (value, name) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
export const list = (value) => (Array.isArray(value) ? value : [])

/**
 * @param {unknown} value
 * @returns {string | null}
 */
export const text = (value) => (typeof value === 'string' ? value : null)

/**
 * @param {unknown} value
 * @returns {number | null}
 */
export const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/**
 * A moment in RFC 3339 as milliseconds since 1970.
 * @param {unknown} value
 * @returns {number | null}
 */
export const moment = (value) => (typeof value === 'string' ? number(Date.parse(value)) : null)

/**
 * One of a few words.
 * @template {string} T
 * @param {unknown} value
 * @param {readonly T[]} words
 * @returns {T | null}
 */
export const oneOf = (value, words) => words.find((word) => word === value) ?? null

/**
 * @param {string} source
 * @returns {unknown} `undefined` where it is no JSON.
 */
export function parse(source) {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}
