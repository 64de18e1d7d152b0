import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'

/** The PostgreSQL that `scripts/postgres run` starts, or undefined where there is none. */
export const postgres = process.env['TEST_POSTGRES_URL']

/** Makes a database of its own there; its URL. It goes with the server. */
export async function database(server: string): Promise<string> {
  const name = `browser_${randomUUID().replaceAll('-', '')}`
  await promisify(execFile)('psql', ['--quiet', '--command', `CREATE DATABASE ${name}`, server])
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
