import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'

/** A listener on a free port of this machine. */
export class Listening {
  readonly #server: Server
  readonly origin: string

  private constructor(server: Server, port: number) {
    this.#server = server
    this.origin = `http://127.0.0.1:${port}`
  }

  static async start(listener: RequestListener): Promise<Listening> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('it listens on no port')
    return new Listening(server, address.port)
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
