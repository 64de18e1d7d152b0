import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** How long a start may take, in milliseconds. */
const START_LIMIT = 60_000

/** `demo`, as `cargo build --features graphiql-bundled` left it, on free ports. */
export class Demo {
  readonly #child: ChildProcess
  #output = ''
  /** Where the server is: `http://127.0.0.1:…/`. */
  server = ''

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<Demo> {
    const program = `${process.env['CARGO_TARGET_DIR'] ?? `${root}/target`}/debug/provider-connections`
    const listen = ['--listen', '127.0.0.1:0', '--simulator-listen', '127.0.0.1:0']
    const demo = new Demo(spawn(program, ['demo', ...listen], { stdio: ['ignore', 'pipe', 'inherit'] }))
    const printed = await demo.#printed('nothing is left behind')
    demo.server = /is at {2}(\S+)graphql/.exec(printed)?.[1] ?? ''
    return demo
  }

  async #printed(last: string): Promise<string> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the demo did not start: ${this.#output}`)), START_LIMIT)
      this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        if (!this.#output.includes(last)) return
        clearTimeout(timer)
        resolve(this.#output)
      })
      this.#child.once('error', reject)
      this.#child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)))
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}
