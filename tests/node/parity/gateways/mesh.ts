import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { World } from '../../harness/world.ts'
import type { Row } from '../../hasura/app.ts'
import { appWith } from './app.ts'
import type { Start } from './gateway.ts'
import { serving } from './hive.ts'

const here = fileURLToPath(new URL('..', import.meta.url))
const compose = fileURLToPath(new URL('../../node_modules/.bin/mesh-compose', import.meta.url))

/** Writes the supergraph of this server and the app, by GraphQL Mesh's command with the configuration of docs/gateways.md. */
async function composed(world: World, app: string, output: string): Promise<void> {
  const env = { PATH: process.env['PATH'], CONNECTIONS_URL: world.graphql, APP_URL: app }
  await promisify(execFile)(compose, ['--config-path', 'config/mesh.config.ts', '--output', output], { cwd: here, env })
}

/** GraphQL Mesh: the supergraph that its command composes, and Hive Gateway, which is its runtime. */
export async function meshWith(world: World, rows: readonly Row[]): ReturnType<typeof serving> {
  const app = await appWith(rows)
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'))
  const supergraph = join(folder, 'supergraph.graphql')
  await composed(world, app.url, supergraph)
  process.env['SUPERGRAPH'] = supergraph
  const { gatewayConfig } = await import('../config/supergraph.config.ts')
  const gateway = await serving(gatewayConfig)
  return {
    ...gateway,
    stop: async () => {
      await gateway.stop()
      await app.stop()
      await rm(folder, { recursive: true })
    },
  }
}

export const mesh: Start = async (world) => await meshWith(world, [])
