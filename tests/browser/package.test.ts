import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { story } from './harness/story.ts'

const run = promisify(execFile)
const element = fileURLToPath(new URL('../../packages/element', import.meta.url))

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: 'es2022',
    module: 'preserve',
    lib: ['es2022', 'dom'],
    jsx: 'react-jsx',
    types: [],
  },
  include: ['*.ts', '*.tsx'],
}

/** An app as somebody else writes it. */
const MAIN = `
import 'provider-connections-element'
import type { Connection, ProviderConnectionsElement } from 'provider-connections-element'

export function follow(element: ProviderConnectionsElement): Connection['provider'][] {
  element.strings = { connect: 'Join up' }
  element.addEventListener('changed', ({ detail }) => {
    const connections: readonly Connection[] = detail.connections
    console.log(connections.map(({ provider, status, expiresAt }) => [provider, status, expiresAt]))
  })
  return element.connections.map((connection) => connection.provider)
}
`
const REACT = `
import type {} from 'provider-connections-element/react'

export const list = <provider-connections endpoint="/graphql" theme="dark" jwt={async ({ fresh }) => (fresh ? null : 'a')} onfailed={({ detail }) => void detail.code} />
`
const MISTAKE = `
import 'provider-connections-element'

const element = document.querySelector('provider-connections')
if (element !== null) element.jwt = 1
`

describe('the package, from its tarball in a fresh project', () => {
  let project: string
  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'provider-connections-element-'))
    const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], { cwd: element })
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    const wanted = [`./${stdout.trim()}`, 'typescript@5', 'esbuild', 'react@19', '@types/react@19']
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...wanted], { cwd: project })
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    await writeFile(join(project, 'main.ts'), MAIN)
    await writeFile(join(project, 'react.tsx'), REACT)
  })
  after(async () => {
    await rm(project, { recursive: true, force: true })
  })

  /** What the project's own compiler says. */
  async function checked(): Promise<string> {
    return await run('npx', ['tsc'], { cwd: project }).then(
      () => '',
      (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)),
    )
  }

  test('its types are there, for TypeScript and for React, and find a mistake', async () => {
    assert.equal(await checked(), '')
    await writeFile(join(project, 'mistake.ts'), MISTAKE)
    const said = await checked()
    await rm(join(project, 'mistake.ts'))
    assert.match(said, /^mistake\.ts\(5,\d+\): error TS2322/)
  })

  test('it has what its users need, and nothing of how it is made', async () => {
    const installed = join(project, 'node_modules/provider-connections-element')
    const { stdout } = await run('find', ['.', '-type', 'f', '-not', '-path', './dist/types/*'], { cwd: installed })
    assert.deepEqual(stdout.trim().split('\n').sort(), [
      './README.md',
      './dist/provider-connections.js',
      './index.d.ts',
      './package.json',
      './react.d.ts',
    ])
  })

  test(
    'it runs in what a bundler makes of it',
    story({ page: { attributes: { providers: 'google' } } }, async (story) => {
      await run('npx', ['esbuild', 'main.ts', '--bundle', '--format=esm', '--outfile=main.js'], { cwd: project })
      const script = story.site.pages.get('/provider-connections.js')
      assert.ok(script)
      story.site.pages.set('/provider-connections.js', { ...script, body: await readFile(join(project, 'main.js'), 'utf8') })
      const [tab] = await story.visit()
      await tab.click('google', 'connect')
      await tab.consent()
      await tab.sees('google', 'connected')
    }),
  )
})
