import {
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  Kind,
  type NameNode,
  parse,
  parseType,
  print,
  type SelectionNode,
} from 'graphql'

import type { Random } from '../random.ts'
import { directive, editing, field, nodes, ofKind, replaced, selecting, selection, value, withSelection } from './edit.ts'
import { WRONG_LITERALS } from './values.ts'

/** The document with one mistake; nothing where this one can't be made in it. */
export type Break = (random: Random, document: DocumentNode) => DocumentNode | undefined

const name = (text: string): NameNode => ({ kind: Kind.NAME, value: text })
const and = (document: DocumentNode, text: string): DocumentNode => ({
  ...document,
  definitions: [...document.definitions, ...parse(text).definitions],
})

/** One that is none of the operations that a subscription is among. */
const operation = (random: Random, document: DocumentNode, edit: (node: Extract<ASTNode, { kind: Kind.OPERATION_DEFINITION }>) => ASTNode | undefined) =>
  editing(random, document, Kind.OPERATION_DEFINITION, edit)

const TYPES = ['Int', 'Int!', 'String', 'String!', 'Boolean', 'Boolean!', 'ID', 'uuid', 'uuid!', 'OAuthProvider', 'OAuthProvider!', '[OAuthProvider]', '[OAuthProvider!]', '[OAuthProvider!]!', '[[Int]]', 'Float', 'timestamptz']

/** Ways to break a document, by the rule of graphql-js that finds most of them. */
export const BREAKS: Readonly<Record<string, Break>> = {
  ExecutableDefinitions: (random, document) => and(document, random.pick(['type A { a: Int }', 'extend type Query { a: Int }', 'scalar S', 'directive @d on FIELD', 'schema { query: Query }'])),
  UniqueOperationNames: (random, document) => operation(random, and(document, 'query Twice { __typename }'), (node) => ({ ...node, name: name('Twice') })),
  LoneAnonymousOperation: (random, document) => and(document, random.pick(['{ __typename }', 'query { __typename }', 'mutation { __typename }'])),
  SingleFieldSubscriptions: (random, document) => {
    const root = 'providerConnectionChanged { userId }'
    const more = [`a: ${root} b: ${root}`, `${root} __typename`, '__typename', `${root} ...on Subscription { b: ${root} }`, `a: ${root} ...Two } fragment Two on Subscription { b: ${root}`, `${root} ${root}`, `${root} ...on Subscription { ${root} }`, `a: ${root} b: ${root.replace(' {', ' @skip(if: true) {')}`, root.replace(' {', ' @include(if: true) {')]
    const added = parse(`subscription Two { ${random.pick(more)} }`)
    return random.chance(0.7) ? added : { ...document, definitions: [...document.definitions, ...added.definitions] }
  },
  KnownTypeNames: (random, document) =>
    random.chance(0.5)
      ? editing(random, document, Kind.NAMED_TYPE, (node) => ({ ...node, name: name(random.pick(['Nothing', 'Querry', 'UUID', 'string'])) }))
      : selecting(random, document, '... on Nothing { a }'),
  FragmentsOnCompositeTypes: (random, document) =>
    random.chance(0.5)
      ? selecting(random, document, random.pick(['... on OAuthProvider { a }', '... on uuid { a }', '... on String { __typename }']))
      : editing(random, document, Kind.FRAGMENT_DEFINITION, (node) => ({ ...node, typeCondition: { kind: Kind.NAMED_TYPE, name: name('timestamptz') } })),
  VariablesAreInputTypes: (random, document) =>
    editing(random, document, Kind.VARIABLE_DEFINITION, (node) => ({ ...node, type: parseType(random.pick(['ProviderConnection', '[Query!]', 'ProviderConnectionEvent!'])) })),
  ScalarLeafs: (random, document) =>
    random.chance(0.5)
      ? editing(random, document, Kind.FIELD, (node) => ({ ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: [field('a')] } }))
      : withoutSelections(random, document),
  FieldsOnCorrectType: (random, document) =>
    editing(random, document, Kind.FIELD, (node) => ({ ...node, name: name(random.pick(['nothing', 'ID', 'providerConnections', 'kind', '__schema', '__nothing', '__type'])) })),
  UniqueFragmentNames: (random, document) => withFragmentTwice(random, document),
  KnownFragmentNames: (random, document) => selecting(random, document, '...Nowhere'),
  NoUnusedFragments: (random, document) => and(document, random.pick(['fragment Unused on Query { __typename }', 'fragment Unused on ProviderConnection { id ...Too } fragment Too on ProviderConnection { id }', 'fragment Unused on Nothing { a }'])),
  PossibleFragmentSpreads: (random, document) =>
    random.chance(0.6)
      ? selecting(random, document, `... on ${random.pick(['Query', 'Mutation', 'ProviderConnection', 'ProviderConnectionEvent', '__Type'])} { __typename }`)
      : selecting(random, and(document, 'fragment Elsewhere on ProviderConnectionFailure { code }'), '...Elsewhere'),
  NoFragmentCycles: (random, document) => cyclic(random, document),
  UniqueVariableNames: (random, document) =>
    operation(random, document, (node) => {
      const definitions = node.variableDefinitions ?? []
      return definitions.length === 0 ? undefined : { ...node, variableDefinitions: [...definitions, random.pick(definitions)] }
    }),
  NoUndefinedVariables: (random, document) => editing(random, document, Kind.VARIABLE_DEFINITION, () => null),
  NoUnusedVariables: (random, document) =>
    operation(random, document, (node) => {
      const added = { kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: name('unused') }, type: parseType(random.pick(TYPES)) } as const
      return { ...node, variableDefinitions: [...(node.variableDefinitions ?? []), added] }
    }),
  KnownDirectives: (random, document) => {
    const unknown = directive(random.pick(['@unknown', '@defer', '@deprecated', '@oneOf', '@specifiedBy(url: "https://example.com")', '@stream']))
    if (random.chance(0.5)) return editing(random, document, Kind.FIELD, (node) => ({ ...node, directives: [...(node.directives ?? []), unknown] }))
    return misplaced(random, document)
  },
  UniqueDirectivesPerLocation: (random, document) =>
    editing(random, document, random.pick([Kind.FIELD, Kind.INLINE_FRAGMENT, Kind.FRAGMENT_SPREAD]), (node) => ({ ...node, directives: [directive('@skip(if: false)'), directive('@skip(if: false)')] })),
  KnownArgumentNames: (random, document) =>
    random.chance(0.7)
      ? editing(random, document, Kind.FIELD, (node) => ({ ...node, arguments: [...(node.arguments ?? []), { kind: Kind.ARGUMENT, name: name(random.pick(['nothing', 'if', 'first', 'userid'])), value: value('1') }] }))
      : editing(random, document, Kind.FIELD, (node) => ({ ...node, directives: [directive('@include(if: true, unless: false)')] })),
  UniqueArgumentNames: (random, document) =>
    editing(random, document, Kind.FIELD, (node) => {
      const given = node.arguments ?? []
      return given.length === 0 ? undefined : { ...node, arguments: [...given, random.pick(given)] }
    }),
  ValuesOfCorrectType: (random, document) =>
    editing(random, document, random.pick([Kind.ARGUMENT, Kind.ARGUMENT, Kind.VARIABLE_DEFINITION]), (node) =>
      node.kind === Kind.ARGUMENT ? { ...node, value: value(random.pick(WRONG_LITERALS)) } : { ...node, defaultValue: constant(random.pick(WRONG_LITERALS)) },
    ),
  ProvidedRequiredArguments: (random, document) =>
    random.chance(0.6)
      ? editing(random, document, Kind.ARGUMENT, () => null)
      : editing(random, document, Kind.FIELD, (node) => ({ ...node, directives: [directive(random.pick(['@skip', '@include', '@skip(if: null)']))] })),
  VariablesInAllowedPosition: (random, document) =>
    editing(random, document, Kind.VARIABLE_DEFINITION, ({ defaultValue: _, ...node }) => ({ ...node, type: parseType(random.pick(TYPES)) })),
  OverlappingFieldsCanBeMerged: (random, document) => conflicting(random, document),
  UniqueInputFieldNames: (random, document) =>
    editing(random, document, Kind.ARGUMENT, (node) => ({ ...node, value: value(random.pick(['{ a: 1, a: 2 }', '[{ a: 1, a: 1 }]', '{ b: { a: 1, a: $v0 } }'])) })),
}

function constant(text: string) {
  for (const definition of parse(`query ($v: Int = ${text}) { a }`).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const { defaultValue } of definition.variableDefinitions ?? []) if (defaultValue !== undefined) return defaultValue
  }
  throw new Error(`${text} is no value`)
}

function withFragmentTwice(random: Random, document: DocumentNode): DocumentNode | undefined {
  const found = nodes(document, ofKind(Kind.FRAGMENT_DEFINITION))
  return found.length === 0 ? undefined : { ...document, definitions: [...document.definitions, random.pick(found)] }
}

function withoutSelections(random: Random, document: DocumentNode): DocumentNode | undefined {
  const found = nodes(document, ofKind(Kind.FIELD)).filter(({ selectionSet }) => selectionSet !== undefined)
  if (found.length === 0) return undefined
  const { selectionSet: _, ...leaf } = random.pick(found)
  const [node] = found.filter(({ loc }) => loc === leaf.loc)
  return node === undefined ? undefined : replaced(document, node, leaf)
}

/** A fragment that spreads itself, at once or by way of another. */
function cyclic(random: Random, document: DocumentNode): DocumentNode | undefined {
  const found = nodes(document, ofKind(Kind.FRAGMENT_DEFINITION))
  if (found.length === 0) {
    const cycle = and(document, 'fragment A on Query { ...B } fragment B on Query { __typename ...A }')
    return operation(random, cycle, (node) => ({ ...node, selectionSet: withSelection(random, node.selectionSet, selection('...A')) }))
  }
  const from = random.pick(found)
  const spread: SelectionNode = { kind: Kind.FRAGMENT_SPREAD, name: random.pick(found).name }
  return replaced(document, from, { ...from, selectionSet: withSelection(random, from.selectionSet, spread) })
}

/** `@skip` where no directive of this schema stands. */
function misplaced(random: Random, document: DocumentNode): DocumentNode | undefined {
  const skip: ConstDirectiveNode[] = [{ kind: Kind.DIRECTIVE, name: name('skip'), arguments: [{ kind: Kind.ARGUMENT, name: name('if'), value: { kind: Kind.BOOLEAN, value: true } }] }]
  return editing(random, document, random.pick([Kind.OPERATION_DEFINITION, Kind.FRAGMENT_DEFINITION, Kind.VARIABLE_DEFINITION]), (node) => ({ ...node, directives: skip }))
}

/** Two fields by one response key that are not the same (section 5.3.2). */
function conflicting(random: Random, document: DocumentNode): DocumentNode | undefined {
  return editing(random, document, Kind.SELECTION_SET, (set) => {
    const fields = set.selections.filter((node) => node.kind === Kind.FIELD)
    if (fields.length === 0) return undefined
    const one = random.pick(fields)
    const key = name((one.alias ?? one.name).value)
    const other = random.pick([
      { ...one, alias: key, name: name('__typename'), arguments: [] },
      { ...one, arguments: (one.arguments ?? []).slice(1) },
      field(`${key.value}: userId`),
      field(`${key.value}: ${print(one.name)}(minValidFor: 7)`),
    ])
    const wrapped: SelectionNode = { kind: Kind.INLINE_FRAGMENT, selectionSet: { kind: Kind.SELECTION_SET, selections: [other] } }
    return withSelection(random, set, random.chance(0.5) ? other : wrapped)
  })
}
