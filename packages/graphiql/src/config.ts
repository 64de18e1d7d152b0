/** What the server says of this page, in the element `#config`. */
export interface Config {
  /** The request headers that each tab begins with; the demo's have a JWT. */
  headers: Record<string, string>
  /** Operations, each in a tab of its own. */
  examples: string[]
}

export function readConfig(page: Document): Config {
  const parsed: unknown = JSON.parse(page.getElementById('config')?.textContent ?? '')
  if (!isConfig(parsed)) throw new Error('The page has no configuration that this script can read.')
  return parsed
}

function isConfig(value: unknown): value is Config {
  return (
    isObject(value) &&
    isObject(value.headers) &&
    Object.values(value.headers).every((header) => typeof header === 'string') &&
    Array.isArray(value.examples) &&
    value.examples.every((example) => typeof example === 'string')
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
