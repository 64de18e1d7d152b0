import { readFile } from 'node:fs/promises'

import { buildSchema, parse, validate } from 'graphql'

import { field, parse as parseJson, text } from '../../element/src/json.js'

const schema = buildSchema(await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8'))

export interface Call {
  operation: string
  variables: Record<string, unknown>
  headers: Headers
  redirect: RequestRedirect | undefined
}

type Answer = (call: Call) => object | Promise<object>

/** Takes the place of `fetch`. Each test says what is answered; every document is validated against the schema. */
export class FakeServer {
  readonly calls: Call[] = []
  answer: Answer = () => ({ data: null, errors: [{ message: 'nothing is answered', extensions: { code: 'INTERNAL' } }] })

  constructor() {
    globalThis.fetch = async (_, init) => {
      const body = parseJson(typeof init?.body === 'string' ? init.body : '')
      const query = text(field(body, 'query')) ?? ''
      const mistakes = validate(schema, parse(query))
      if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
      const call = {
        operation: /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '',
        variables: Object.fromEntries(Object.entries(field(body, 'variables') ?? {})),
        headers: new Headers(init?.headers),
        redirect: init?.redirect,
      }
      this.calls.push(call)
      return Response.json(await this.answer(call))
    }
  }

  /** The names of what was asked for, in order. */
  get operations(): string[] {
    return this.calls.map(({ operation }) => operation)
  }
}

/** An answer that comes when a test says so. */
export class Gate {
  open: (answer: object) => void = () => {}
  readonly opened = new Promise<object>((resolve) => (this.open = resolve))
}

/** What both queries for a token answer: `lives` in seconds from `now`; null: no known expiry. */
export function token(accessToken: string | null, lives: number | null, now: number): object {
  const connection = { userId: 'ada', provider: 'google', accessToken, expiresAt: lives === null ? null : new Date(now + lives * 1000).toISOString() }
  return { providerConnection: connection, refreshProviderToken: connection }
}

export function failure(code: string, more: object = {}): object {
  return { data: null, errors: [{ message: 'It failed. Do something.', extensions: { code, ...more } }] }
}

/** A JWT that nobody signed. */
export function jwtOf(user: string): string {
  return `h.${Buffer.from(JSON.stringify({ sub: user, exp: Date.now() / 1000 + 900, jti: Math.random() })).toString('base64url')}.s`
}
