/** Who sends a document. */
export type Caller =
  /** A user whose access tokens are read: their lists of events grow. */
  | 'reader'
  /** A user whose access tokens nobody reads: nothing of theirs changes. */
  | 'watcher'
  /** Hasura or a function, for the watcher. */
  | 'service'
  | 'nobody'

/** One GraphQL request, as a client sends it. */
export type Request = {
  readonly query: string
  /** Left out, or null. */
  readonly operationName?: string | null
  /** Each as JSON text, so that `1.0` stays `1.0`; left out, or null. */
  readonly variables?: ReadonlyMap<string, string> | null
  readonly caller: Caller
  /** Which of the two media types is accepted. */
  readonly strict: boolean
}

/** The body of the POST. */
export function bodyOf(request: Request): string {
  const members = [`"query":${JSON.stringify(request.query)}`]
  if (request.operationName !== undefined) members.push(`"operationName":${JSON.stringify(request.operationName)}`)
  if (request.variables === null) members.push('"variables":null')
  else if (request.variables !== undefined) {
    const entries = [...request.variables].map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    members.push(`"variables":{${entries.join(',')}}`)
  }
  return `{${members.join(',')}}`
}

/** The variables as graphql-js takes them. */
export function variablesOf(request: Request): Record<string, unknown> {
  const entries = [...(request.variables ?? [])].map(([name, json]): [string, unknown] => [name, JSON.parse(json)])
  return Object.fromEntries(entries)
}
