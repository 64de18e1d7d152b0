import type { Answered, Outcome } from '../oracle/outcome.ts'
import type { Request } from '../request.ts'

/** A way in which the server and graphql-js differ for a reason. */
export type Explanation = {
  readonly reason: string
  /** Of the specification of September 2025. */
  readonly section: string
  readonly holds: (request: Request, expected: Outcome, actual: Answered) => boolean
}

export const EXPLAINED: readonly Explanation[] = []
