import { CONSTELLATION, type Dialect, HASURA } from '../../hasura/dialect.ts'
import { hasuraBefore } from '../../hasura/setting.ts'
import { written } from '../../hasura/written.ts'
import type { Start } from './gateway.ts'

/**
 * A stand-in for an engine that reads the Hasura metadata, with the permission that `provider-connections hasura` writes for
 * the role `user`.
 */
function standIn(dialect: Dialect): Start {
  return async (world) => {
    const engine = await hasuraBefore(world, { dialect, permissions: { user: written('user') } })
    return {
      ask: async (client, request) => (await engine.ask(client, request)).answer,
      stop: () => Promise.resolve(),
    }
  }
}

export const hasura = standIn(HASURA)
export const constellation = standIn(CONSTELLATION)
