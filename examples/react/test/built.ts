import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

import { build } from 'vite'

export type Mode = 'development' | 'production'
export type PageName = 'app' | 'probe'

const example = fileURLToPath(new URL('..', import.meta.url))
/** Addresses that the build is made with, where each test puts its own. */
const GRAPHQL = 'http://graphql.invalid/graphql'
const AUTH = 'http://auth.invalid/v1'

const builds = new Map<string, Promise<Built>>()
const folders: string[] = []

/** What `vite build` makes, once for all tests of a file. */
export class Built {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** A copy of it in `folder`, for a server and a Nhost Auth at these addresses. */
  async at(graphql: string, auth: string, folder: string): Promise<void> {
    await cp(this.folder, folder, { recursive: true })
    for (const name of await readdir(`${folder}/assets`)) {
      const text = await readFile(`${folder}/assets/${name}`, 'utf8')
      await writeFile(`${folder}/assets/${name}`, text.replaceAll(GRAPHQL, graphql).replaceAll(AUTH, auth))
    }
  }
}

export async function built(mode: Mode, page: PageName): Promise<Built> {
  const key = `${mode} ${page}`
  const made = builds.get(key) ?? make(mode, page)
  builds.set(key, made)
  return await made
}

async function make(mode: Mode, page: PageName): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'provider-connections-react-build-'))
  folders.push(folder)
  // It decides which React it is: that of development mounts everything twice under StrictMode.
  process.env['NODE_ENV'] = mode
  await build({
    root: page === 'app' ? example : `${example}/test/probe`,
    configFile: `${example}/vite.config.ts`,
    logLevel: 'error',
    mode,
    define: { 'import.meta.env.VITE_GRAPHQL_URL': JSON.stringify(GRAPHQL), 'import.meta.env.VITE_NHOST_AUTH_URL': JSON.stringify(AUTH) },
    build: { outDir: folder, emptyOutDir: true },
  })
  return new Built(folder)
}

after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})
