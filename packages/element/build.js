// Writes dist/: the bundle for browsers, and the types. `--check` writes nothing, and fails where
// what is committed is not what the sources make.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { build } from 'esbuild'

const require = createRequire(import.meta.url)
const here = fileURLToPath(new URL('.', import.meta.url))

/** The marks of Simple Icons (CC0), by provider: those of the providers that the set has. */
const MARKS = {
  apple: 'apple',
  bitbucket: 'bitbucket',
  discord: 'discord',
  facebook: 'facebook',
  github: 'github',
  gitlab: 'gitlab',
  google: 'google',
  spotify: 'spotify',
  strava: 'strava',
  twitch: 'twitch',
  twitter: 'x',
}

/** @param {string} folder */
async function writeMarks(folder) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [provider, name] of Object.entries(MARKS)) {
    await writeFile(join(folder, `${provider}.svg`), await readFile(require.resolve(`simple-icons/icons/${name}.svg`)))
  }
}

/** @param {string} folder */
async function write(folder) {
  await writeMarks(join(folder, 'marks'))
  await build({
    absWorkingDir: here,
    entryPoints: { 'provider-connections': 'src/index.js', 'round-trip': 'src/round-trip.js' },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome108', 'firefox108', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: '/*! provider-connections-element. MIT OR Apache-2.0. Generated from packages/element/src. */' },
  })
  await rm(join(folder, 'types'), { recursive: true, force: true })
  const tsc = join(here, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.types.json', '--outDir', join(folder, 'types')], { cwd: here })
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

/** The names of what differs between two folders. */
async function stale() {
  const folder = await mkdtemp(join(tmpdir(), 'provider-connections-element-'))
  try {
    await write(folder)
    const [made, kept] = [await files(folder), await files(join(here, 'dist'))]
    return [...new Set([...made.keys(), ...kept.keys()])].filter((name) => made.get(name) !== kept.get(name)).sort()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv.includes('--check')) {
  const names = await stale()
  if (names.length > 0) {
    process.stderr.write(`dist/ is not what the sources make: ${names.join(', ')}. Run: npm run build\n`)
    process.exitCode = 1
  }
} else {
  await write(join(here, 'dist'))
}
