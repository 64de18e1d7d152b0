import { endsSoon as endsBy } from '../../element/src/ends.js'
import { moment } from '../../element/src/json.js'
import type { Connection } from './types.ts'

/**
 * Whether it is time to offer a new sign-in: the connection is expected to end within a week, and most of its life is over. One
 * that lives for less than a day never says so. `now` in milliseconds since 1970.
 */
export function endsSoon({ connectedAt, reconnectBy }: Connection, now = Date.now()): boolean {
  return endsBy({ connectedAt: moment(connectedAt), reconnectBy: moment(reconnectBy) }, now)
}
