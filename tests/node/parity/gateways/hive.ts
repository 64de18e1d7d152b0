import { createGatewayRuntime, type GatewayConfig } from '@graphql-hive/gateway-runtime'

import { type Gateway, over } from './gateway.ts'
import type { World } from '../../harness/world.ts'
import { Listening } from './http.ts'

/** Hive Gateway in front of this server alone, with the configuration of docs/gateways.md. */
export async function hive(world: World): ReturnType<typeof serving> {
  process.env['CONNECTIONS_URL'] = world.graphql
  const { gatewayConfig } = await import('../config/gateway.config.ts')
  return await serving(gatewayConfig)
}

/** What Hive Gateway's command does with its configuration: it listens, here on a free port. */
export async function serving(config: GatewayConfig): Promise<Gateway & { readonly url: string }> {
  // With the environment variable DEBUG, as for its command, it logs what it hides from clients.
  const runtime = createGatewayRuntime({ ...config, logging: process.env['DEBUG'] === undefined ? false : 'debug' })
  const listening = await Listening.start((request, response) => void runtime(request, response))
  const url = `${listening.origin}/graphql`
  return {
    url,
    ask: over(url),
    stop: async () => {
      await listening.stop()
      await runtime[Symbol.asyncDispose]()
    },
  }
}
