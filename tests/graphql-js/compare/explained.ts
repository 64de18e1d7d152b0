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
    reason: '@skip or @include with a variable that is null: refused before anything runs, not where the field is',
    section: '5.8.5',
    holds: (request, expected, actual) =>
      expected.class === 'executed' && actual.class === 'variables' && actual.body.includes('is null. Give it a Boolean.') && [...(request.variables?.values() ?? [])].includes('null'),
  },
  {
    reason: 'a subscription that fails at once is answered by an event with data that is null, not without data',
    section: '6.2.3.1',
    holds: (_, expected, actual) => expected.class === 'executed' && expected.data === undefined && actual.data === null && `${expected.paths}` === `${actual.paths}`,
  },
]
