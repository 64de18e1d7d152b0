import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import type { AppSettings } from '../app/app.d.ts'
import { Site } from './site.ts'

/** What a test wants of the page. */
export interface PageOptions {
  /** `endpoint` is the server's where it is left out. */
  attributes?: Record<string, string>
  /** How many elements are on the page; 1. */
  elements?: number
  strict?: boolean
  pkce?: boolean
}

/** ELEMENT names another file, to see the tests fail with it. */
const element =
  process.env['ELEMENT'] ?? fileURLToPath(new URL('../../../packages/element/dist/provider-connections.js', import.meta.url))

const marks = new URL('../../../packages/element/dist/marks/', import.meta.url)

/** Puts the app on the site, under the strictest policy that an app can have. */
export async function serveApp(site: Site, server: string, auth: string, options: PageOptions): Promise<void> {
  const file = async (name: string) => await readFile(new URL(`../app/${name}`, import.meta.url), 'utf8')
  const settings: AppSettings = {
    auth,
    attributes: { endpoint: `${server}/graphql`, ...options.attributes },
    elements: options.elements ?? 1,
    strict: options.strict ?? false,
    pkce: options.pkce ?? false,
  }
  const index = (await file('index.html')).replace('{{settings}}', JSON.stringify(settings).replaceAll('"', '&quot;'))
  const script = 'text/javascript; charset=utf-8'
  site.pages.set('/', { body: index, type: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy(server, auth) } })
  site.pages.set('/app.js', { body: await file('app.js'), type: script })
  site.pages.set('/app.css', { body: await file('app.css'), type: 'text/css; charset=utf-8' })
  site.pages.set('/provider-connections.js', { body: await readFile(element, 'utf8'), type: script })
  for (const name of await readdir(marks)) site.pages.set(`/marks/${name}`, { body: await readFile(new URL(name, marks), 'utf8'), type: 'image/svg+xml' })
}

function policy(server: string, auth: string): string {
  const origins = [server, server.replace(/^http/, 'ws'), new URL(auth).origin]
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // 'self' is for the providers' marks, which lie beside the script.
    `connect-src 'self' ${origins.join(' ')}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
