import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'

import { HasuraError } from './error.ts'
import { type Headers, isSessionVariable, type Session } from './session.ts'

/** Of the client's headers these stay behind: `commonClientHeadersIgnored` in `Hasura/Server/Utils.hs`. */
const STAY_BEHIND: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'user-agent',
  'host',
  'origin',
  'referer',
  'accept',
  'accept-encoding',
  'accept-language',
  'accept-datetime',
  'cache-control',
  'connection',
  'dnt',
  'content-type',
])
/** And these are renamed: `mkClientHeadersForward` in `Hasura/Session.hs`. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['host', 'x-forwarded-host'],
  ['user-agent', 'x-forwarded-user-agent'],
  ['origin', 'x-forwarded-origin'],
])

/**
 * The headers of a request to a remote schema, the first that has a name winning: those configured for it, the session's
 * variables, the client's own if they are forwarded. Over all of them Hasura's own, and those of its tracing. Source:
 * `execRemoteGQ` in `Hasura/GraphQL/RemoteServer.hs`, `addDefaultHeaders` in `Hasura/HTTP.hs`.
 */
export function outgoingHeaders(configured: Headers, session: Session, client: Headers, forward: boolean): Headers {
  const sent = new Map<string, string>()
  const put = (name: string, value: string) => {
    if (!sent.has(name)) sent.set(name, value)
  }
  configured.forEach((value, name) => put(name, value))
  session.variables.forEach((value, name) => put(name, value))
  if (forward) {
    client.forEach((value, name) => {
      const renamed = RENAMED.get(name)
      if (renamed !== undefined) put(renamed, value)
      if (!STAY_BEHIND.has(name) && !isSessionVariable(name)) put(name, value)
    })
  }
  const [trace, span] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
  sent.set('x-b3-traceid', trace).set('x-b3-spanid', span).set('x-b3-parentspanid', span)
  sent.set('traceparent', `00-${trace}-${span}-01`)
  return sent.set('content-type', 'application/json').set('user-agent', 'hasura-graphql-engine/v2.48.0')
}

export interface RemoteAnswer {
  readonly status: number
  readonly setCookie: readonly string[]
  readonly body: string
}

/** Sends it, with no header that Hasura's HTTP client would not send. `timeout` is in seconds. */
export async function post(url: string, sent: Headers, body: string, timeout = 60): Promise<RemoteAnswer> {
  const all = { ...Object.fromEntries(sent), 'accept-encoding': 'gzip', 'content-length': Buffer.byteLength(body) }
  return await new Promise((resolve, reject) => {
    const failed = () => reject(new HasuraError('remote-schema-error', 'HTTP exception occurred while sending the request'))
    const call = request(url, { method: 'POST', headers: all, signal: AbortSignal.timeout(timeout * 1000) }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part)).on('error', failed)
      response.on('end', () => {
        const raw = Buffer.concat(parts)
        const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
        resolve({ status: response.statusCode ?? 0, setCookie: response.headers['set-cookie'] ?? [], body: plain.toString() })
      })
    })
    call.on('error', failed).end(body)
  })
}
