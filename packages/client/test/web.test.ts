import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createContext, Script } from 'node:vm'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import { jwtOf } from './server.ts'

/** What browsers, Node and React Native all have, of what is used. React Native has no `AbortSignal.timeout`. */
const everywhere = () => ({ AbortController, Headers, Response, atob, clearTimeout, setTimeout })

async function bundle(from: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(fileURLToPath(new URL(from, import.meta.url)))}`, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    // Refuses modules of Node's.
    platform: 'browser',
    format: 'iife',
    globalName: 'loaded',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}

test('the package needs nothing of Node’s, and nothing that React Native lacks', async () => {
  const sent: string[] = []
  const answer = { data: { providerConnection: { accessToken: 'a token', expiresAt: null } } }
  const fetch = async (url: string, init: RequestInit) => {
    sent.push(`${url} ${new Headers(init.headers).get('authorization')}`)
    return await Promise.resolve(Response.json(answer))
  }
  const context = createContext({ ...everywhere(), fetch, jwt: jwtOf('ada'), result: undefined })
  new Script(await bundle('../dist/index.js')).runInContext(context)
  const use = `result = loaded.createClient({ endpoint: '/graphql', jwt }).getAccessToken('google')`
  assert.equal(await new Script(use).runInContext(context), 'a token')
  assert.deepEqual(sent, [`/graphql Bearer ${String(context['jwt'])}`])
})
