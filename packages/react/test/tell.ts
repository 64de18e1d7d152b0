import { createRequire } from 'node:module'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Bundles the story with the React that `folder` of packages/ has, and runs its tests. */
export async function tell(folder: string): Promise<void> {
  const { resolve } = createRequire(join(here, '../..', folder, 'package.json'))
  const alias = Object.fromEntries(['react', 'react/jsx-runtime', 'react-dom', 'react-dom/client', 'react-dom/server'].map((name) => [name, resolve(name)]))
  const made = await mkdtemp(join(here, '../dist-test-'))
  const outfile = join(made, 'story.mjs')
  await build({
    entryPoints: [join(here, 'story.tsx')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias,
    jsx: 'automatic',
    external: ['jsdom', 'graphql'],
    define: { 'process.env.NODE_ENV': '"development"' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [{ name: 'addresses', setup: ({ onLoad }) => onLoad({ filter: /test\/backend\.ts$/ }, async ({ path }) => ({ contents: await addressed(path), loader: 'ts' })) }],
  })
  try {
    await import(pathToFileURL(outfile).href)
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

/** A bundle is elsewhere: what a file finds beside it keeps its address. */
async function addressed(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
}
