import { isObject, type Json, list } from '../hasura/json.ts'

export interface Failure {
  readonly code: unknown
  /** The path of the field that failed; none where the request was refused as a whole. */
  readonly path?: unknown
  /** Left out of refused requests: each gateway refuses them in words of its own, which it also may before this server does. */
  readonly message?: unknown
  /** What else this server tells its clients of the error: `provider`, `reason`, `reauthenticationUrl` and others. */
  readonly extensions?: Json
}

/** An answer of which two can be compared. */
export interface Answer {
  /** Null as well where there is none, which no client can tell apart. */
  readonly data: unknown
  /** By their paths, because fields that run side by side fail in any order. */
  readonly errors: readonly Failure[]
}

/** What gateways add to `extensions`. */
const ADDED: ReadonlySet<string> = new Set(['code', 'serviceName', 'service', 'path'])

/** Reads the JSON of an answer. Fails where it is not one of GraphQL. */
export function read(answer: unknown): Answer {
  if (!isObject(answer)) throw new Error(`no answer of GraphQL: ${JSON.stringify(answer)}`)
  const errors = answer['errors'] === undefined ? [] : list(answer, 'errors').map(failure)
  const place = ({ path }: Failure) => JSON.stringify(path ?? [])
  return { data: answer['data'] ?? null, errors: errors.toSorted((one, other) => place(one).localeCompare(place(other))) }
}

function failure(error: unknown): Failure {
  if (!isObject(error)) throw new Error(`no error of GraphQL: ${JSON.stringify(error)}`)
  const { message, path } = error
  const { code, ...extensions } = isObject(error['extensions']) ? error['extensions'] : {}
  if (path === undefined) return { code }
  return { code, path, message, extensions: Object.fromEntries(Object.entries(extensions).filter(([name]) => !ADDED.has(name))) }
}

/** Whether the request was refused before any of its fields ran. */
export function refused({ errors }: Answer): boolean {
  return errors.some(({ path }) => path === undefined)
}
