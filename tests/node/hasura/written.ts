import { execFileSync } from 'node:child_process'

import { program } from '../harness/process.ts'
import { text } from './json.ts'

/** The SDL that `provider-connections hasura` writes for this role, as Hasura's metadata API takes it. */
export function written(role: string): string {
  const command = execFileSync(program('provider-connections'), ['hasura', '--role', role], { env: {}, encoding: 'utf8' })
  const printed: unknown = JSON.parse(command)
  return text(printed, 'args', 1, 'args', 'definition', 'schema')
}
