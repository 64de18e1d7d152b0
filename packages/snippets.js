// Checks the types of what the READMEs of the packages show: takes their fences out into snippets/ and has vue-tsc and
// svelte-check look at them. A fence is a file; one that begins with a comment such as `// main.ts` is called so.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = join(here, 'snippets')
const PACKAGES = ['client', 'core', 'react', 'vue', 'svelte']
/** As an app has it: `rewriteRelativeImportExtensions` takes no `./App.vue`, and an example does not use all that it shows. */
const TSCONFIG = { extends: '../tsconfig.json', compilerOptions: { rewriteRelativeImportExtensions: false, noUnusedLocals: false }, include: ['.'], exclude: ['svelte'] }

/** @param {string} name Of a package. */
async function takeOut(name) {
  const readme = await readFile(join(here, name, 'README.md'), 'utf8')
  const fences = [...readme.matchAll(/^```(tsx?|vue|svelte)\n([^]*?)^```$/gm)]
  if (fences.length === 0) throw new Error(`${name}/README.md shows nothing`)
  await mkdir(join(folder, name), { recursive: true })
  for (const [at, [, kind, text]] of fences.entries()) {
    const called = /^(?:\/\/|<!--) (\S+\.\w+)/.exec(text ?? '')?.[1] ?? `fence-${at}.${kind}`
    await writeFile(join(folder, name, called), text ?? '')
  }
}

/**
 * @param {string} tool
 * @param {string[]} args
 */
async function run(tool, args) {
  try {
    await promisify(execFile)(process.execPath, [join(here, 'node_modules', tool), ...args], { cwd: here })
  } catch (thrown) {
    const { stdout = '', stderr = '' } = thrown instanceof Error ? /** @type {{ stdout?: string, stderr?: string }} */ (thrown) : {}
    process.stderr.write(`${tool} of what the READMEs show:\n${stdout}${stderr}`)
    process.exitCode = 1
  }
}

await rm(folder, { recursive: true, force: true })
for (const name of PACKAGES) await takeOut(name)
await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
await writeFile(join(folder, 'svelte/tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['.'], exclude: [] }))
await Promise.all([
  run('vue-tsc/bin/vue-tsc.js', ['--noEmit', '-p', 'snippets']),
  run('svelte-check/bin/svelte-check', ['--workspace', 'snippets/svelte', '--tsconfig', 'tsconfig.json', '--fail-on-warnings']),
])
