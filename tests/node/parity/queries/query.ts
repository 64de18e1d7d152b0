import type { Json } from '../../hasura/json.ts'

/** A request that every gateway answers as this server does. */
export interface Query {
  /** What it shows, in a few words. */
  readonly name: string
  readonly query: string
  readonly variables?: Json
  /** Who asks: left out, a user who has connected Google and GitHub. */
  readonly as?: 'nobody' | 'a forger'
  /** Whether it changes something. Then each asker is a user of their own, who has just signed in with Spotify as well. */
  readonly changes?: true
}
