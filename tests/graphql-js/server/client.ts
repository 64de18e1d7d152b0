import { SERVICE_SECRET } from '../../node/harness/world.ts'
import { list, member } from '../json.ts'
import type { Answered, Class, Path } from '../oracle/outcome.ts'
import { bodyOf, type Request } from '../request.ts'
import type { User } from './world.ts'

/** What the server answered, and the words of it. */
export type Answer = Answered & { readonly body: string }

const CLASS_BY_CODE = new Map<unknown, Class>([
  ['GRAPHQL_PARSE_FAILED', 'syntax'],
  ['GRAPHQL_VALIDATION_FAILED', 'validation'],
  ['OPERATION_RESOLUTION_FAILURE', 'operation'],
  ['BAD_USER_INPUT', 'variables'],
])

/** Sends documents to the server. */
export class Client {
  readonly #graphql: string
  readonly #users: { readonly reader: User; readonly watcher: User }

  constructor(graphql: string, users: { reader: User; watcher: User }) {
    this.#graphql = graphql
    this.#users = users
  }

  async ask(request: Request, subscribes: boolean): Promise<Answer> {
    return await this.send(request, subscribes, this.#caller(request))
  }

  /** `caller`: the headers that say who calls. */
  async send(request: Request, subscribes: boolean, caller: Record<string, string>): Promise<Answer> {
    const accept = request.strict ? 'application/graphql-response+json' : 'application/json'
    const response = await fetch(this.#graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: subscribes ? 'text/event-stream' : accept, ...caller },
      body: bodyOf(request),
    })
    const body = subscribes ? await firstEvent(response) : await response.text()
    return { ...outcome(body, response.status), body }
  }

  #caller({ caller }: Request): Record<string, string> {
    const { reader, watcher } = this.#users
    switch (caller) {
      case 'reader':
        return { authorization: `Bearer ${reader.jwt}` }
      case 'watcher':
        return { authorization: `Bearer ${watcher.jwt}` }
      case 'service':
        return { 'x-service-secret': SERVICE_SECRET, 'x-hasura-role': 'user', 'x-hasura-user-id': watcher.id }
      case 'nobody':
        return {}
    }
  }
}

/** The data of the first event; then the stream is left. */
async function firstEvent(response: Response): Promise<string> {
  // A refusal is JSON.
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) return await response.text()
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  for (;;) {
    const piece = await reader?.read()
    if (piece === undefined || piece.done) return '{"errors":[{"extensions":{"code":"NO_EVENT"}}]}'
    seen += piece.value
    const [, data] = /^data: ?(.+)\n\n/m.exec(seen) ?? []
    if (data === undefined) continue
    await reader?.cancel()
    return data
  }
}

function outcome(body: string, status: number): Answered {
  const answer: unknown = JSON.parse(body)
  const data = member(answer, 'data')
  const errors = member(answer, 'errors') === undefined ? [] : list(answer, 'errors')
  if (data !== undefined) return { class: 'executed', data, paths: errors.map(pathOf), status }
  const codes = errors.map((error) => member(member(error, 'extensions'), 'code'))
  const classes = new Set(codes.map((code) => CLASS_BY_CODE.get(code) ?? `${code}`))
  return { class: [...classes].join(' and '), data: undefined, paths: [], status }
}

function pathOf(error: unknown): Path {
  const path = member(error, 'path') ?? []
  if (!Array.isArray(path)) throw new Error(`no path: ${JSON.stringify(error)}`)
  return path.filter((step) => typeof step === 'string' || typeof step === 'number')
}
