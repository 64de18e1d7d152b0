import {
  execute,
  type FieldNode,
  getVariableValues,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
  visit,
} from 'graphql'

import { app, type Row } from './app.ts'
import { type Dialect, HASURA } from './dialect.ts'
import { HasuraError } from './error.ts'
import { introspected } from './introspection.ts'
import { at, isObject, type Json, list } from './json.ts'
import { merge, RELATIONSHIP } from './merged.ts'
import { type Asked, collect, Outgoing } from './operation.ts'
import { permitted, type Role } from './permission.ts'
import { joined, withoutRelationship } from './relationship.ts'
import { ADMIN, headers, type Headers, type Session, sessionOf } from './session.ts'
import { outgoingHeaders, post, type RemoteAnswer } from './transport.ts'

/** The settings of Hasura, and its metadata of one remote schema. */
export interface Settings {
  readonly url: string
  /** Headers configured for the remote schema. */
  readonly headers?: Readonly<Record<string, string>>
  readonly forwardClientHeaders?: boolean
  readonly adminSecret: string
  readonly jwtKey: string
  /** Left out: Hasura v2. */
  readonly dialect?: Dialect
  /** The SDL of each role; left out: HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS is not set. */
  readonly permissions?: Readonly<Record<string, string>>
  /** The table `users`. */
  readonly rows?: readonly Row[]
  /** The rows of the table that a role other than admin may select. */
  readonly visible?: (row: Row, session: Session) => boolean
}

/** A request that went to the remote schema. */
export interface Sent {
  readonly headers: Headers
  readonly body: string
}

/** What the client gets, and what Hasura sent for it. */
export interface Outcome {
  readonly answer: Json
  readonly setCookie: readonly string[]
  readonly sent: readonly Sent[]
}

/** What a client sends to Hasura. */
export interface Request {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/**
 * A stand-in for Hasura v2 between its client and this server. It is test code of this project: the real Hasura can't be
 * had in these tests. See README.md for what it does as Hasura does, and what it leaves out.
 */
export class Hasura {
  readonly #settings: Settings
  readonly #dialect: Dialect
  readonly #roles: ReadonlyMap<string, Role>
  readonly #remote: Role

  private constructor(settings: Settings, remote: GraphQLSchema) {
    this.#settings = settings
    this.#dialect = settings.dialect ?? HASURA
    this.#remote = { schema: remote, presets: new Map() }
    this.#roles = new Map(Object.entries(settings.permissions ?? {}).map(([role, sdl]) => [role, permitted(remote, sdl)]))
  }

  /** `add_remote_schema`, with the permissions of each role. Fails where Hasura would call its metadata inconsistent. */
  static async merging(settings: Settings): Promise<Hasura> {
    const { introspection } = settings.dialect ?? HASURA
    const sent = outgoingHeaders(headers(settings.headers ?? {}), introspection.session, new Map(), false)
    const remote = introspected((await post(settings.url, sent, introspection.body())).body)
    merge(remote)
    return new Hasura(settings, remote)
  }

  /** The remote schema as it was introspected. */
  get remote(): GraphQLSchema {
    return this.#remote.schema
  }

  /** What a client of this role sees. */
  schemaOf(role: string): GraphQLSchema {
    const seen = this.#role(role)
    return seen === undefined ? app([]) : merge(seen.schema)
  }

  #role(role: string): Role | undefined {
    const unrestricted = this.#settings.permissions === undefined && this.#dialect.needsNoPermission
    return role === ADMIN || unrestricted ? this.#remote : this.#roles.get(role)
  }

  /** Answers a client as `/v1/graphql` does. */
  async ask(client: Readonly<Record<string, string>>, request: Request): Promise<Outcome> {
    const sent: Sent[] = []
    const cookies: string[] = []
    let forAdmin = false
    try {
      const given = headers(client)
      const session = sessionOf(given, this.#settings.adminSecret, this.#settings.jwtKey)
      forAdmin = session.role === ADMIN
      const send = async (body: string): Promise<Json> => {
        const all = outgoingHeaders(
          headers(this.#settings.headers ?? {}),
          session,
          given,
          this.#settings.forwardClientHeaders ?? false,
        )
        sent.push({ headers: all, body })
        const answer = await post(this.#settings.url, all, body)
        cookies.push(...answer.setCookie)
        return decoded(this.#dialect.received(answer))
      }
      return { answer: await this.#answer(session, request, send), setCookie: cookies, sent }
    } catch (error) {
      if (!(error instanceof HasuraError)) throw error
      return { answer: error.toJson(forAdmin), setCookie: cookies, sent }
    }
  }

  async #answer(session: Session, request: Request, send: (body: string) => Promise<Json>): Promise<Json> {
    const role = this.#role(session.role)
    const schema = this.schemaOf(session.role)
    const asked = understood(schema, request)
    const data: Record<string, unknown> = {}
    const errors: unknown[] = []
    // One root field after the other, and a request to the remote schema for each: `Hasura/GraphQL/Execute/Query.hs`.
    for (const field of collect([asked.operation.selectionSet], asked)) {
      const key = (field.alias ?? field.name).value
      const parent = role && root(role.schema, asked.operation)
      if (role === undefined || parent?.getFields()[field.name.value] === undefined) {
        data[key] = await this.#local(schema, asked, field, session, role, send)
        continue
      }
      const outgoing = new Outgoing(asked, role, session)
      const sentField = outgoing.field(parent, field)
      const answer = await send(outgoing.body(asked.operation.operation, [sentField]))
      if (answer['errors'] !== undefined) {
        if (!this.#dialect.partialData) return { data: null, errors: answer['errors'] }
        errors.push(...list(answer, 'errors'))
      }
      data[key] = at(answer, 'data', key)
      if (data[key] === undefined && answer['errors'] !== undefined) data[key] = null
      if (data[key] === undefined) throw new HasuraError('remote-schema-error', `expecting key ${key}`)
    }
    return errors.length > 0 ? { data, errors } : { data }
  }

  /** A field of the app's own tables or of the introspection, with what the remote relationship adds to its rows. */
  async #local(
    schema: GraphQLSchema,
    asked: Asked,
    field: FieldNode,
    session: Session,
    role: Role | undefined,
    send: (body: string) => Promise<Json>,
  ) {
    const visible = this.#settings.visible ?? (() => true)
    const rows = (this.#settings.rows ?? []).filter((row) => session.role === ADMIN || visible(row, session))
    const introspection = field.name.value.startsWith('__')
    const { field: own, joins } =
      introspection || role === undefined ? { field, joins: [] } : withoutRelationship(field, asked, RELATIONSHIP)
    const used = new Set<string>()
    visit(own, { Variable: ({ name }) => void used.add(name.value) })
    const variableDefinitions = asked.operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? []
    const operation = {
      ...asked.operation,
      variableDefinitions,
      selectionSet: { kind: Kind.SELECTION_SET, selections: [own] },
    } as const
    const document = { kind: Kind.DOCUMENT, definitions: [operation, ...asked.fragments.values()] } as const
    const found = await execute({ schema: introspection ? schema : app(rows), document, variableValues: asked.variables })
    if (found.errors !== undefined) throw new HasuraError('unexpected', found.errors[0]?.message ?? '')
    const value = at(found.data, (field.alias ?? field.name).value)
    return role === undefined ? value : await joined(value, joins, () => new Outgoing(asked, role, session), role.schema, send)
  }
}

function root(schema: GraphQLSchema, { operation }: OperationDefinitionNode): GraphQLObjectType | undefined {
  if (operation === 'subscription') throw new HasuraError('not-supported', 'subscription to remote server is not supported')
  return schema.getRootType(operation) ?? undefined
}

function understood(schema: GraphQLSchema, { query, variables = {} }: Request): Asked {
  const refused = (error: GraphQLError) => new HasuraError('validation-failed', error.message, '$.selectionSet')
  try {
    const document = parse(query)
    const [wrong] = validate(schema, document)
    if (wrong !== undefined) throw wrong
    const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
    if (operation === undefined) throw new GraphQLError('exactly one operation has to be present in the document')
    const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
    if (values.errors?.[0] !== undefined) throw values.errors[0]
    const fragments = document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    )
    return { operation, fragments: new Map(fragments), variables: values.coerced ?? {} }
  } catch (error) {
    throw error instanceof GraphQLError ? refused(error) : error
  }
}

/** The remote schema's answer, whatever its status; what is not GraphQL is refused in Hasura's own words. */
function decoded({ body }: RemoteAnswer): Json {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    throw new HasuraError('unexpected', 'the answer of the remote schema is not JSON')
  }
  if (!isObject(answer)) throw new HasuraError('unexpected', 'the answer of the remote schema is no object')
  const { errors } = answer
  if (errors !== undefined && !Array.isArray(errors))
    throw new HasuraError('remote-schema-error', 'Invalid "errors" field in response from remote')
  if (errors === undefined && !('data' in answer))
    throw new HasuraError('remote-schema-error', 'Missing "data" field in response from remote')
  return answer
}
