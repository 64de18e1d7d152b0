import { createContext } from 'react'

import type { ConnectionFragment } from '../generated.ts'
import type { Problem } from './problem.ts'
import type { Tokens } from './tokens.ts'

export interface ConnectionList {
  /** Ordered by provider; those that were read last, where reading fails. */
  connections: ConnectionFragment[]
  /** Nothing has been read yet. */
  loading: boolean
  /** Why the last read failed. */
  problem: Problem | undefined
  /** Whether changes are heard at once, rather than asked for every ten seconds. */
  live: boolean
  refetch: () => Promise<void>
}

export const ListOfUser = createContext<ConnectionList | undefined>(undefined)
export const TokensOfUser = createContext<Tokens | undefined>(undefined)
