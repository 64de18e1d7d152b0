import { defineConfig } from 'vite'

import { compressed } from './build/compressed.ts'
import { licensesOfWorkers } from './build/licenses.ts'

const licenses = licensesOfWorkers('dist/legal/licenses.md')

export default defineConfig({
  // Where the server has them: /graphiql/assets/…
  base: '/graphiql/',
  plugins: [licenses.append, compressed(['dist/assets', 'dist/legal'])],
  build: {
    license: { fileName: 'legal/licenses.md' },
    // A file, since the page's policy takes no data: for fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    target: 'es2023',
    rolldownOptions: {
      onLog(level, log, report) {
        // A directive of React's compiler, which has nothing to do after it has run.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
      },
    },
  },
  worker: { format: 'es', plugins: () => [licenses.collect()] },
})
