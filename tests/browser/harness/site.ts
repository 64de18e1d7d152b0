import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

export interface Reply {
  body: string
  type: string
  headers?: Record<string, string>
}

/** A web site on a free port: what it has at which path may change while it runs. */
export class Site {
  readonly #server: Server
  readonly pages = new Map<string, Reply>()
  /** `http://127.0.0.1:40123` */
  readonly origin: string

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.origin = origin
  }

  static async start(): Promise<Site> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the site has no port')
    const site = new Site(server, `http://127.0.0.1:${address.port}`)
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url ?? '/', site.origin)
      const reply = site.pages.get(pathname)
      if (reply === undefined) response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end()
      else response.writeHead(200, { 'content-type': reply.type, 'cache-control': 'no-store', ...reply.headers }).end(reply.body)
    })
    return site
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
