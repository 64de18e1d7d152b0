import type { Json } from '../../hasura/json.ts'
import type { World } from '../../harness/world.ts'

export interface Request {
  readonly query: string
  readonly variables?: Json
}

/** What a client sends beside the request: its JWT, in most cases. */
export type Headers = Readonly<Record<string, string>>

/** Something that answers GraphQL requests for this server. */
export interface Gateway {
  /** Sends one request of a client, and returns the JSON of the answer. */
  readonly ask: (client: Headers, request: Request) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** Starts one in front of the server of this world. */
export type Start = (world: World) => Promise<Gateway>

/** Sends requests to whatever listens at this address. */
export function over(url: string): Gateway['ask'] {
  return async (client, request) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...client },
      body: JSON.stringify(request),
    })
    const answer: unknown = await response.json()
    return answer
  }
}
