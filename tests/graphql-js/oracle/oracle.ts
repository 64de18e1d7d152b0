import {
  defaultFieldResolver,
  type DocumentNode,
  execute,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  recommendedRules,
  responsePathAsArray,
  specifiedRules,
  subscribe,
  TypeInfo,
  validate,
  type ValidationRule,
  type VariableNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'

import { member } from '../json.ts'
import type { Caller, Request } from '../request.ts'
import { variablesOf } from '../request.ts'
import type { Class, Outcome, Path } from './outcome.ts'
import { type Effects, type Holder, NotCompared, rootFor } from './resolvers.ts'

/** The specification's. graphql-js recommends one more, a limit to how deep introspection nests. */
const RECOMMENDED: readonly unknown[] = recommendedRules
export const RULES = specifiedRules.filter((rule) => !RECOMMENDED.includes(rule))

export type Holders = ReadonlyMap<Caller, Holder>

/** graphql-js over what the server holds. */
export class Oracle {
  readonly #schema: GraphQLSchema
  readonly #holders: Holders
  readonly #signIn: ReadonlyMap<string, ReadonlyMap<string, string>>

  constructor(schema: GraphQLSchema, holders: Holders, signIn: ReadonlyMap<string, ReadonlyMap<string, string>>) {
    this.#schema = schema
    this.#holders = holders
    this.#signIn = signIn
  }

  /** What is to be answered; nothing where it can't be said beforehand. */
  async ask(request: Request, effects: Effects | null = null): Promise<Outcome | null> {
    const written = parsed(request.query)
    if (written === null) return refused('syntax', request)
    const document = unblocked(written)
    if (!isValid(this.#schema, document, RULES)) return { ...refused('validation', request), rules: this.#broken(document) }
    const operation = selected(document, request.operationName)
    if (operation === null) return refused('operation', request)
    const rootValue = rootFor(this.#holders.get(request.caller) ?? null, this.#signIn, effects)
    const failures: Failure[] = []
    const args = {
      schema: this.#schema,
      fieldResolver: noting(failures),
      document,
      rootValue,
      variableValues: variablesOf(request),
      operationName: operation.name?.value ?? null,
    }
    const result = operation.operation === 'subscription' ? await firstOf(await subscribe({ ...args, subscribeFieldResolver: once })) : await execute(args)
    if (failures.some(({ error }) => error instanceof NotCompared)) return null
    if (result.errors?.some(({ originalError }) => originalError instanceof NotCompared)) return null
    const failed = result.errors?.filter(({ path }) => path !== undefined) ?? []
    // A subscription that there is no source for: its error has a path, and there is no data (section 6.2.3.1).
    if (!('data' in result) && failed.length === 0) return refused('variables', request)
    const data: unknown = 'data' in result ? JSON.parse(JSON.stringify(result.data)) : undefined
    const paths = (result.errors ?? []).map(({ path }) => path ?? [])
    return {
      class: 'executed',
      rules: [],
      data,
      paths,
      causes: [...paths, ...failures.map((failure) => failure.path)],
      status: 200,
      nullRefused: this.#nullRefused(request, document),
    }
  }

  #nullRefused({ variables }: Request, document: DocumentNode): boolean {
    const nulls = [...(variables ?? [])].filter(([, json]) => json === 'null').map(([name]) => name)
    const types = new TypeInfo(this.#schema)
    let found = false
    const look = { Variable: ({ name }: VariableNode) => void (found ||= nulls.includes(name.value) && isNonNullType(types.getInputType())) }
    visit(document, visitWithTypeInfo(types, look))
    return found
  }

  #broken(document: DocumentNode): string[] {
    return RULES.filter((rule) => !isValid(this.#schema, document, [rule])).map(({ name }) => name)
  }
}

/** The operation that a request asks for, of a document that is valid (section 6.1); null: none. */
export function selected(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | null {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const named = operations.filter((operation) => typeof name !== 'string' || operation.name?.value === name)
  const [only, ...more] = named
  return only === undefined || more.length > 0 ? null : only
}

/** Strings without blocks: graphql-js takes two strings for the same only where they are written the same (section 5.3.2). */
function unblocked(document: DocumentNode): DocumentNode {
  const plain: DocumentNode = visit(document, { StringValue: (node) => (node.block === true ? { ...node, block: false } : undefined) })
  return plain
}

/** Whether no rule is broken. graphql-js throws instead where a subscription has `@skip(if: null)`. */
export function isValid(schema: GraphQLSchema, document: DocumentNode, rules: readonly ValidationRule[]): boolean {
  try {
    return validate(schema, document, rules).length === 0
  } catch (error) {
    if (error instanceof GraphQLError) return false
    throw error
  }
}

export function parsed(query: string): DocumentNode | null {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** What never ran: 400 by the newer of the two media types (GraphQL over HTTP, section 6.4). */
function refused(reason: Class, request: Request): Outcome {
  return { class: reason, rules: [], data: undefined, paths: [], causes: [], status: request.strict ? 400 : 200, nullRefused: false }
}

type Failure = { error: unknown; path: Path }

/** Resolves a field as graphql-js does by itself, side by side with the others, and notes each that fails. */
function noting(failures: Failure[]): GraphQLFieldResolver<unknown, unknown> {
  return async (source, args, context, info) => {
    try {
      const resolved: unknown = await defaultFieldResolver(source, args, context, info)
      return resolved
    } catch (error) {
      failures.push({ error, path: responsePathAsArray(info.path) })
      throw error
    }
  }
}

/** The source stream of a subscription, with its first event; an error where the caller may not subscribe. */
function once(source: unknown, args: unknown, context: unknown, { fieldName }: { fieldName: string }) {
  const resolve = member(source, fieldName)
  if (!isResolver(resolve)) throw new Error(`${fieldName} is not modelled`)
  const first = resolve(args)
  return (async function* () {
    yield await Promise.resolve({ [fieldName]: first })
  })()
}

function isResolver(value: unknown): value is (args: unknown) => unknown {
  return typeof value === 'function'
}

async function firstOf(source: AsyncGenerator<ExecutionResult, void, void> | ExecutionResult): Promise<ExecutionResult> {
  if (!(Symbol.asyncIterator in source)) return source
  const { value } = await source.next()
  if (value === undefined) throw new Error('the subscription ended before its first event')
  await source.return()
  return value
}
