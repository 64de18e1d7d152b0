import { join } from 'node:path'

import type { NextConfig } from 'next'

/** The packages are linked from this repository, outside of this folder; an app that has them from npm needs neither line. */
const repository = join(import.meta.dirname, '../..')

const config: NextConfig = {
  turbopack: { root: repository },
  outputFileTracingRoot: repository,
}

export default config
