import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How long the demo may take until it says where it is, in milliseconds. */
const START_LIMIT = 60_000

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Demo {
  graphqlUrl: string
  authUrl: string
  stop(): Promise<void>
}

/** The demo on free ports, as `cargo build --bins` left it. */
export async function startDemo(): Promise<Demo> {
  const folder = process.env['CARGO_TARGET_DIR'] ?? `${root}/target`
  const free = ['--listen', '127.0.0.1:0', '--simulator-listen', '127.0.0.1:0']
  const env = { ...process.env, RUST_LOG: 'error' }
  const demo = spawn(`${folder}/debug/provider-connections`, ['demo', ...free], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(demo, 'exit')
  const [graphqlUrl, authUrl] = await new Promise<[string, string]>((resolve, reject) => {
    const failed = () => reject(new Error('the demo did not start. Build it first: cargo build --workspace --bins'))
    const timer = setTimeout(failed, START_LIMIT)
    demo.once('error', failed).once('exit', failed)
    let output = ''
    demo.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const graphql = /http:\S+\/graphql/.exec(output)?.[0]
      const auth = /http:\S+\/v1/.exec(output)?.[0]
      if (graphql === undefined || auth === undefined) return
      clearTimeout(timer)
      resolve([graphql, auth])
    })
  })
  const stop = async () => {
    demo.kill('SIGTERM')
    await ended
  }
  return { graphqlUrl, authUrl, stop }
}
