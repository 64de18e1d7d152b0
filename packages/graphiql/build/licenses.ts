import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Plugin } from 'vite'

/**
 * Vite lists the licences of what is in the page, and not those of what is in its workers alone.
 * This adds them, and the notices of what the editor has copied into itself.
 */
export function licensesOfWorkers(file: string): { collect: () => Plugin; append: Plugin } {
  const packages = new Set<string>()
  return {
    collect: () => ({
      name: 'licenses-of-workers:collect',
      generateBundle() {
        for (const id of this.getModuleIds()) {
          const folder = packageOf(id)
          if (folder !== undefined) packages.add(folder)
        }
      },
    }),
    append: {
      name: 'licenses-of-workers:append',
      closeBundle() {
        const listed = readFileSync(file, 'utf8')
        for (const folder of [...packages].sort()) {
          const { name, version, license } = manifest(folder)
          if (listed.includes(`## ${name} - ${version} `)) continue
          appendFileSync(file, `\n## ${name} - ${version} (${license})\n\n${licenseText(folder)}\n`)
        }
        const notices = [...packages].map((folder) => join(folder, 'ThirdPartyNotices.txt')).filter(existsSync)
        for (const path of notices) appendFileSync(file, `\n${readFileSync(path, 'utf8')}\n`)
      },
    },
  }
}

/** The folder of the package that a module is in. */
function packageOf(id: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
}

function manifest(folder: string): { name: string; version: string; license: string } {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const text = (key: string): string => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, key) : undefined
    if (typeof value !== 'string') throw new Error(`${dirname(folder)}: package.json has no ${key}`)
    return value
  }
  return { name: text('name'), version: text('version'), license: text('license') }
}

function licenseText(folder: string): string {
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  if (name === undefined) throw new Error(`${folder} has no licence: find its text before it is bundled`)
  return readFileSync(join(folder, name), 'utf8')
}
