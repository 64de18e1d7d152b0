import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { text } from './backend.ts'

const execute = promisify(execFile)
const element = fileURLToPath(new URL('../../../packages/element/', import.meta.url))
const sources = new URL('../package/', import.meta.url)
/** Asks the registry for what is not in npm's cache alone. */
const QUIET = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

export const NAME = 'provider-connections-element'

/** A project in a folder of its own that has the element from its packed tarball, as npm installs it. */
export class FreshProject {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** `types` is the major version of React's types. */
  static async install(types: string): Promise<FreshProject> {
    const project = new FreshProject(await mkdtemp(join(tmpdir(), 'provider-connections-package-')))
    try {
      const { folder } = project
      // Without `prepack`: whether dist is what the sources make is checked in packages/element.
      await execute('npm', ['pack', element, '--ignore-scripts', '--loglevel=error', `--pack-destination=${folder}`], { cwd: folder })
      const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
      if (tarball === undefined) throw new Error('npm pack made no tarball')
      await project.write('package.json', JSON.stringify({ name: 'fresh', private: true, type: 'module' }))
      await execute('npm', ['install', ...QUIET, `./${tarball}`, `@types/react@${types}`, `typescript@${await typescript()}`, 'esbuild@0.28'], { cwd: folder })
    } catch (error) {
      await project.remove()
      throw error
    }
    return project
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text)
  }

  /** Has the file of `tests/browser/package` in it. */
  async take(name: string): Promise<void> {
    await copyFile(new URL(name, sources), join(this.folder, name))
  }

  /** The text of a file, by its path in the project. */
  async read(name: string): Promise<string> {
    return await readFile(join(this.folder, name), 'utf8')
  }

  /** What is in a folder and below, by path from there. */
  async files(folder: string): Promise<string[]> {
    const at = join(this.folder, folder)
    const entries = await readdir(at, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(at, join(entry.parentPath, entry.name)))
  }

  /** What esbuild, with nothing told to it, makes of a file and of what it imports. */
  async bundle(name: string): Promise<string> {
    return (await execute(join(this.folder, 'node_modules/.bin/esbuild'), [name, '--bundle', '--format=esm'], { cwd: this.folder })).stdout
  }

  /** Compiles these files, types of packages included, as strictly as can be; to `out`. */
  async compile(module: 'nodenext' | 'preserve', files: string[]): Promise<void> {
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module,
      moduleResolution: module === 'preserve' ? 'bundler' : module,
      jsx: 'react-jsx',
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      // A file of types that is missing would be `any` in silence.
      skipLibCheck: false,
      types: [],
      outDir: 'out',
    }
    await mkdir(join(this.folder, 'out'), { recursive: true })
    await this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    await execute(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: this.folder }).catch((error: unknown) => {
      throw new Error(`tsc: ${error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)}`)
    })
  }

  /** The file that an `import` of the package leads to, by its path in the project. */
  resolve(): string {
    return createRequire(join(this.folder, 'package.json')).resolve(NAME).slice(this.folder.length + 1)
  }

  /** Runs a module in Node: where there is no DOM. What it prints. */
  async node(module: string): Promise<string> {
    return (await execute(process.execPath, ['--input-type=module', '--eval', module], { cwd: this.folder })).stdout
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** The version that these tests are checked with. */
async function typescript(): Promise<string> {
  const kept: unknown = JSON.parse(await readFile(new URL('../node_modules/typescript/package.json', import.meta.url), 'utf8'))
  return text(kept, 'version')
}
