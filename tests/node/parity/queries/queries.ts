import { CHANGES } from './changes.ts'
import type { Query } from './query.ts'
import { READS } from './reads.ts'
import { REFUSALS } from './refusals.ts'

/** All that is sent to every gateway. */
export const QUERIES: readonly Query[] = [...READS, ...CHANGES, ...REFUSALS]
