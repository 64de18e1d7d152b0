import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How long a program may take until it says that it is ready, in milliseconds. */
const START_LIMIT = 60_000

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Where `cargo build` left a program of this project. */
export function program(name: string): string {
  return `${process.env['CARGO_TARGET_DIR'] ?? `${root}/target`}/debug/${name}`
}

/** A program of this project, as `cargo build` left it in `target/debug`, that runs. */
export class Program {
  readonly #child: ChildProcess
  /** All that it has written to standard output and standard error. */
  output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
  }

  /** Starts it with this environment and no other, and waits until its output matches `ready`. */
  static async start(name: string, args: string[], env: Record<string, string>, cwd: string, ready: RegExp): Promise<[Program, RegExpMatchArray]> {
    const started = new Program(spawn(program(name), args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] }))
    return [started, await started.#until(name, ready)]
  }

  async #until(name: string, ready: RegExp): Promise<RegExpMatchArray> {
    const child = this.#child
    const failed = (why: string) => new Error(`${name} ${why}. Build it first: cargo build --workspace --bins\n${this.output}`)
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(failed('did not get ready')), START_LIMIT)
      const look = () => {
        const found = this.output.match(ready)
        if (found === null) return
        clearTimeout(timer)
        resolve(found)
      }
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      child.once('error', (error) => reject(failed(`can't be started: ${error.message}`)))
      child.once('exit', (code) => reject(failed(`ended with ${code}`)))
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}
