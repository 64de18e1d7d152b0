import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

import { APP_SDL } from '../../hasura/app.ts'
import { appWith } from './app.ts'
import { over, type Start } from './gateway.ts'

/** The supergraph of this server and an app, as Rover composes it. Fails where Apollo Federation refuses the schema. */
export async function supergraph(connections: string, app: string): Promise<string> {
  const sdl = await readFile(new URL('../../../../schema.graphql', import.meta.url), 'utf8')
  const { supergraphSdl, errors } = composeServices([
    { name: 'connections', url: connections, typeDefs: parse(sdl) },
    { name: 'app', url: app, typeDefs: parse(APP_SDL) },
  ])
  if (supergraphSdl === undefined) throw new Error(`no supergraph: ${errors?.map(({ message }) => message).join('\n')}`)
  return supergraphSdl
}

/** Apollo Server with Apollo Gateway, which plans queries as Apollo Router does, with the program of docs/gateways.md. */
export const apollo: Start = async (world) => {
  const app = await appWith([])
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'))
  process.env['SUPERGRAPH'] = join(folder, 'supergraph.graphql')
  process.env['PORT'] = '0'
  await writeFile(process.env['SUPERGRAPH'], await supergraph(world.graphql, app.url))
  const { server, url } = await import('../config/apollo.ts')
  return {
    ask: over(url),
    stop: async () => {
      await server.stop()
      await app.stop()
      await rm(folder, { recursive: true })
    },
  }
}
