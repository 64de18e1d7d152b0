// Writes each package's dist/: the module, and the types. `--check` writes nothing, and fails where what is committed is
// not what the sources make; `--sizes` prints what each weighs, gzipped.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const PACKAGES = ['client', 'core', 'react', 'vue', 'svelte']

/**
 * @param {string} name
 * @param {string} folder
 */
async function write(name, folder) {
  await build({
    absWorkingDir: join(here, name),
    entryPoints: ['src/index.ts'],
    outfile: join(folder, 'index.js'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: `${name === 'react' ? "'use client'\n" : ''}/*! @provider-connections/${name}. MIT OR Apache-2.0. Generated from packages/${name}/src. */` },
  })
  await rm(join(folder, 'types'), { recursive: true, force: true })
  const tsc = join(here, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '-p', `${name}/tsconfig.types.json`, '--outDir', join(folder, 'types')], { cwd: here })
  // The compiler leaves `./file.ts` in declarations, which not every setting of an app's compiler takes.
  for (const path of await readdir(join(folder, 'types'), { recursive: true })) {
    if (!path.endsWith('.d.ts')) continue
    const file = join(folder, 'types', path)
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}

/**
 * The files of a folder, by name.
 * @param {string} folder
 */
async function files(folder) {
  /** @type {Map<string, string>} */
  const found = new Map()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(path.slice(folder.length + 1), await readFile(path, 'utf8'))
  }
  return found
}

/**
 * The names of what differs between what is committed and what the sources make.
 * @param {string} name
 */
async function stale(name) {
  const folder = await mkdtemp(join(tmpdir(), 'provider-connections-packages-'))
  try {
    await write(name, folder)
    const [made, kept] = [await files(folder), await files(join(here, name, 'dist'))]
    return [...new Set([...made.keys(), ...kept.keys()])].filter((file) => made.get(file) !== kept.get(file)).map((file) => `${name}/dist/${file}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv.includes('--check')) {
  const names = (await Promise.all(PACKAGES.map(stale))).flat()
  if (names.length > 0) {
    process.stderr.write(`These are not what the sources make: ${names.join(', ')}. Run in packages/: npm run build\n`)
    process.exitCode = 1
  }
} else if (process.argv.includes('--sizes')) {
  for (const name of PACKAGES) {
    const { outputFiles } = await build({
      absWorkingDir: join(here, name),
      entryPoints: ['src/index.ts'],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      // What an app loads for it: the core is in the adapters', the frameworks are not.
      external: ['react', 'vue', 'svelte', 'svelte/*'],
    })
    const [output] = outputFiles
    if (output !== undefined) process.stdout.write(`${name.padEnd(7)}${gzipSync(output.contents, { level: 9 }).length} bytes gzipped\n`)
  }
} else {
  // One after the other: the adapters' types stand on those of the core.
  for (const name of PACKAGES) await write(name, join(here, name, 'dist'))
}
