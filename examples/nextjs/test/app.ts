import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { type Browser, chromium } from 'playwright-core'

import { Program } from '../../../tests/node/harness/process.ts'

const example = fileURLToPath(new URL('..', import.meta.url))
const next = join(example, 'node_modules/next/dist/bin/next')

/** The demo's server and simulator, this app as `next build` makes it for them, served by `next start`, and a browser. */
export class App {
  readonly origin: string
  readonly graphql: string
  readonly auth: string
  readonly browser: Browser
  /** What `next build` and `next start` have printed. */
  readonly printed: () => string
  readonly #end: () => Promise<void>

  private constructor(origin: string, graphql: string, auth: string, browser: Browser, printed: () => string, end: () => Promise<void>) {
    ;[this.origin, this.graphql, this.auth, this.browser, this.printed, this.#end] = [origin, graphql, auth, browser, printed, end]
  }

  static async start(): Promise<App> {
    const folder = await mkdtemp(join(tmpdir(), 'provider-connections-nextjs-'))
    const free = ['--listen', '127.0.0.1:0', '--simulator-listen', '127.0.0.1:0']
    const [demo, ready] = await Program.start('provider-connections', ['demo', ...free], { RUST_LOG: 'error' }, folder, /(http:\S+\/graphql)[^]*?(http:\S+\/v1)/)
    const [graphql, auth] = [ready[1] ?? '', ready[2] ?? '']
    const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NEXT_PUBLIC_GRAPHQL_URL: graphql, NEXT_PUBLIC_NHOST_AUTH_URL: auth }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [next, 'build'], { cwd: example, env })
    const served = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], { cwd: example, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = stdout + stderr
    const origin = await new Promise<string>((resolve, reject) => {
      served.once('exit', (code) => reject(new Error(`next start ended with ${code}\n${output}`)))
      for (const stream of [served.stdout, served.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output.slice(stdout.length))?.[0]
          if (found !== undefined && output.includes('Ready')) resolve(found)
        })
      }
    })
    const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
    return new App(origin, graphql, auth, browser, () => output, async () => {
      await browser.close()
      const ended = once(served, 'exit')
      served.kill('SIGTERM')
      await ended
      await demo.stop()
      await rm(folder, { recursive: true, force: true })
    })
  }

  async stop(): Promise<void> {
    await this.#end()
  }
}
