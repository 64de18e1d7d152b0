import { readFile } from 'node:fs/promises'

import { buildSchema, parse, validate } from 'graphql'

import { field, parse as parseJson, text } from '../element/src/json.js'

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'))

interface Sent {
  /** The operation's name. */
  operation: string
  variables: Record<string, unknown>
  user: string
}

interface Token {
  accessToken: string | null
  /** Seconds from now; null: no known expiry. */
  lives: number | null
  error?: { message: string; extensions: object }
}

/** The server's answers, made up here, so that a test says when each comes. Every document is validated against the schema. */
export class Backend {
  readonly sent: Sent[] = []
  /** For each user, the providers that are connected, and their tokens. */
  readonly users = new Map<string, Map<string, Token>>()
  readonly #sockets = new Set<FakeSocket>()
  /** The errors alone, as Hasura answers them. */
  errorsAlone = false
  /** JWTs that are refused as expired. */
  readonly expired = new Set<string>()
  /** Of an earlier release: refuses what it does not know. */
  older = false
  /** What the tokens of everybody allow, at whichever provider. */
  granted: string[] = ['email']
  /** Whether the server can't say what is missing. */
  scopesFail = false
  #gate: Promise<void> = Promise.resolve()
  open = () => {}

  /** Takes the place of `fetch` and `WebSocket`. */
  install(): void {
    const open = (socket: FakeSocket) => void this.#sockets.add(socket)
    globalThis.fetch = async (_, init) => await this.#answer(init)
    Object.defineProperty(globalThis, 'WebSocket', {
      configurable: true,
      writable: true,
      value: class extends FakeSocket {
        constructor() {
          super()
          open(this)
        }
      },
    })
  }

  user(id: string, tokens: Record<string, Partial<Token>>): string {
    this.users.set(id, new Map(Object.entries(tokens).map(([provider, token]) => [provider, { accessToken: `${provider} of ${id}`, lives: 3600, ...token }])))
    return jwtOf(id)
  }

  /** Answers wait until `open()` is called. */
  shut(): void {
    this.#gate = new Promise((resolve) => (this.open = resolve))
  }

  /** Tells every subscriber that something has changed. */
  tell(): void {
    for (const socket of this.#sockets) socket.says({ type: 'next', id: '1', payload: { data: { providerConnectionChanged: {} } } })
  }

  times(operation: string): number {
    return this.sent.filter((one) => one.operation === operation).length
  }

  async #answer(init: RequestInit | undefined): Promise<Response> {
    const { query, variables } = requestIn(init)
    const mistakes = validate(schema, parse(query))
    if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
    const operation = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? ''
    const jwt = new Headers(init?.headers).get('authorization')?.slice('Bearer '.length) ?? ''
    const user = userOf(jwt)
    this.sent.push({ operation, variables, user })
    await this.#gate
    if (this.expired.has(jwt)) return Response.json({ errors: [{ message: 'expired', extensions: { code: 'UNAUTHENTICATED', reason: 'jwt-expired' } }] })
    if (this.older && query.includes('reconnectBy')) return Response.json({ errors: [{ message: 'unknown field', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
    return Response.json(this.#data(operation, variables, user))
  }

  #data(operation: string, variables: Record<string, unknown>, user: string): object {
    const tokens = this.users.get(user) ?? new Map<string, Token>()
    const provider = String(variables['provider'])
    switch (operation) {
      case 'ProviderConnections':
        return { data: { providerConnections: [...tokens].map(([one, { error }]) => this.#listed(one, user, error, variables['scopes'])) }, ...this.#scopeErrors() }
      case 'AccessTokens': {
        const wanted = Array.isArray(variables['providers']) ? variables['providers'] : []
        const found = [...tokens].filter(([one]) => wanted.includes(one))
        const errors = found.flatMap(([, { error }], place) => (error === undefined ? [] : [{ ...error, path: ['providerConnections', place, 'accessToken'] }]))
        if (this.errorsAlone && errors.length > 0) return { errors }
        return { data: { providerConnections: found.map(([one, token]) => told(one, token)) }, ...(errors.length > 0 ? { errors } : {}) }
      }
      case 'RenewAccessToken': {
        const token = tokens.get(provider)
        if (token === undefined) return { data: null, errors: [{ message: 'not connected', extensions: { code: 'NOT_CONNECTED' } }] }
        token.accessToken = `${token.accessToken}, renewed`
        return { data: { refreshProviderToken: told(provider, token) } }
      }
      case 'ConnectProvider':
        tokens.set(provider, { accessToken: `${provider} of ${user}`, lives: 3600 })
        return { data: { connectProvider: { id: provider } } }
      case 'RefreshProvider':
        return { data: { refreshProviderToken: { id: provider } } }
      case 'DisconnectProvider':
        tokens.delete(provider)
        return { data: { disconnectProvider: { revocation: 'REVOKED' } } }
      case 'SignInUrlForScopes':
        return { data: { providerSignInUrl: `https://auth.example.com/signin/provider/${provider}?scopes=${String(variables['scopes'])}` } }
      case 'SignInUrl':
        return { data: { providerSignInUrl: `https://auth.example.com/signin/provider/${provider}?redirectTo=${String(variables['redirectTo'])}` } }
      default:
        throw new Error(`nothing answers ${operation}`)
    }
  }

  #listed(provider: string, user: string, error: Token['error'], scopes: unknown): object {
    const status = error === undefined ? 'ACTIVE' : 'REAUTHENTICATION_REQUIRED'
    if (!Array.isArray(scopes)) return connection(provider, user, status)
    const missing = scopes.filter((scope) => !this.granted.includes(String(scope)))
    return { ...connection(provider, user, status), scopes: this.granted, missingScopes: this.scopesFail ? null : missing }
  }

  #scopeErrors(): object {
    if (!this.scopesFail) return {}
    return { errors: [{ message: 'That is no scope.', path: ['providerConnections', 0, 'missingScopes'], extensions: { code: 'BAD_USER_INPUT' } }] }
  }
}

/** A JWT that nobody signed. */
export function jwtOf(user: string): string {
  return `h.${Buffer.from(JSON.stringify({ sub: user, exp: Date.now() / 1000 + 900, jti: Math.random() })).toString('base64url')}.s`
}

/** All that is under way here has come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

function requestIn(init: RequestInit | undefined): { query: string; variables: Record<string, unknown> } {
  const body = parseJson(typeof init?.body === 'string' ? init.body : '')
  return { query: text(field(body, 'query')) ?? '', variables: Object.fromEntries(Object.entries(field(body, 'variables') ?? {})) }
}

function userOf(jwt: string): string {
  if (jwt === '') return ''
  return text(field(parseJson(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()), 'sub')) ?? ''
}

function told(provider: string, { accessToken, lives, error }: Token): object {
  const expiresAt = lives === null ? null : new Date(Date.now() + lives * 1000).toISOString()
  return { provider, accessToken: error === undefined ? accessToken : null, expiresAt, refreshable: true }
}

function connection(provider: string, userId: string, status: string): object {
  return {
    id: provider,
    userId,
    provider,
    status,
    expiresAt: null,
    refreshable: true,
    connectedAt: '2026-01-31T12:00:00Z',
    refreshedAt: null,
    lastFailure: null,
    reauthenticationUrl: `https://auth.example.com/signin/provider/${provider}`,
  }
}

/** A WebSocket to which the backend says what it likes. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1
  readyState = 0

  constructor() {
    super()
    setImmediate(() => {
      if (this.readyState !== 0) return
      this.readyState = 1
      this.dispatchEvent(new Event('open'))
    })
  }

  send(message: string): void {
    const type = field(parseJson(message), 'type')
    if (type === 'connection_init') this.says({ type: 'connection_ack' })
    if (type === 'subscribe') this.says({ type: 'next', id: '1', payload: { data: { providerConnectionChanged: {} } } })
  }

  says(message: object): void {
    if (this.readyState === 1) this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }

  close(): void {
    this.readyState = 3
  }
}
