import { Kind } from 'graphql'

import { parsed } from '../oracle/oracle.ts'
import type { Outcome } from '../oracle/outcome.ts'
import type { Request } from '../request.ts'
import type { Answer } from '../server/client.ts'

/** A way in which the server and graphql-js differ for a reason. */
export type Explanation = {
  readonly reason: string
  /** Of the specification of September 2025. */
  readonly section: string
  readonly holds: (request: Request, expected: Outcome, actual: Answer) => boolean
}

export const EXPLAINED: readonly Explanation[] = [
  {
    reason: 'the server has one code for a document that is wrong and for a document without the operation',
    section: '6.1',
    holds: (_, expected, actual) => expected.class === 'operation' && actual.class === 'validation' && expected.status === actual.status,
  },
  {
    reason: 'a variable that is null where null can not be: refused before anything runs, not where the field is',
    section: '6.4.1',
    holds: (_, expected, actual) => expected.nullRefused && actual.class === 'variables',
  },
  {
    reason: '@skip or @include at the root of a subscription: refused since September 2025, which graphql-js 16 does not know',
    section: '5.2.3.1',
    holds: ({ query }, expected, actual) => !['syntax', 'validation'].includes(expected.class) && actual.class === 'validation' && rootHasDirective(query),
  },
  {
    reason: 'a subscription that fails at once is answered by an event with data that is null, not without data',
    section: '6.2.3.1',
    holds: (_, expected, actual) => expected.class === 'executed' && expected.data === undefined && actual.data === null && `${expected.paths}` === `${actual.paths}`,
  },
]

function rootHasDirective(query: string): boolean {
  const definitions = parsed(query)?.definitions ?? []
  return definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === 'subscription' &&
      definition.selectionSet.selections.some(({ directives = [] }) => directives.length > 0),
  )
}
