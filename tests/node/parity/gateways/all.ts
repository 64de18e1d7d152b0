import { apollo } from './apollo.ts'
import { constellation, hasura } from './hasura.ts'
import { hive } from './hive.ts'
import { mesh } from './mesh.ts'
import { stitch } from './stitch.ts'

/** Every gateway that is tested, started one after the other. */
export const GATEWAYS = [
  { name: 'hasura', start: hasura },
  { name: 'constellation', start: constellation },
  { name: 'stitch', start: stitch },
  { name: 'hive', start: hive },
  { name: 'mesh', start: mesh },
  { name: 'apollo', start: apollo },
] as const

export type GatewayName = (typeof GATEWAYS)[number]['name']
