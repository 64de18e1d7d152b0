import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { build } from 'esbuild'
import { compile } from 'svelte/compiler'

const here = fileURLToPath(new URL('.', import.meta.url))

type Story = typeof import('./story.ts')

function isStory(value: unknown): value is Story {
  return typeof value === 'object' && value !== null && 'hydrated' in value
}

/** The story as Svelte compiles it for a server, or for a browser. */
export async function bundled(side: 'server' | 'client', folder: string): Promise<Story> {
  const outfile = join(folder, `${side}.mjs`)
  await build({
    entryPoints: [join(here, 'story.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: side === 'client' ? ['browser', 'development'] : ['node'],
    // What renders for servers has no place beside the browser's runtime, and is not called there.
    ...(side === 'client' ? { alias: { 'svelte/server': join(here, 'no_server.ts') } } : {}),
    plugins: [
      {
        name: 'svelte',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
            const { js } = compile(await readFile(path, 'utf8'), { filename: path, generate: side, dev: side === 'client', css: 'injected' })
            return { contents: js.code, loader: 'js' }
          }),
      },
    ],
  })
  const story: unknown = await import(pathToFileURL(outfile).href)
  if (!isStory(story)) throw new Error(`${outfile} is not the story`)
  return story
}
