import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

import type { Plugin } from 'vite'

/** Files are in the server's binary as they go over the wire. */
export function compressed(folders: string[]): Plugin {
  return {
    name: 'compressed',
    closeBundle() {
      for (const folder of folders) {
        for (const name of readdirSync(folder)) {
          const path = join(folder, name)
          writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }))
          rmSync(path)
        }
      }
    },
  }
}
