import assert from 'node:assert/strict'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { Demo } from './harness/demo.ts'

describe('the files of the bundled page', () => {
  let demo: Demo
  before(async () => {
    demo = await Demo.start()
  })
  after(async () => {
    await demo.stop()
  })

  /** As it comes: `fetch` would unpack it. */
  async function get(path: string, headers: OutgoingHttpHeaders = {}): Promise<{ response: IncomingMessage; body: Buffer }> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${demo.server}${path}`, { headers }, resolve).once('error', reject).end()
    })
    return { response, body: await buffer(response) }
  }

  async function assets(): Promise<string[]> {
    const { body } = await get('graphiql')
    const names = [...body.toString().matchAll(/"\/(graphiql\/assets\/[^"]+)"/g)].flatMap(([, path]) => path ?? [])
    assert.ok(names.length >= 3, body.toString())
    return names
  }

  it('come from nowhere else', async () => {
    const { response, body } = await get('graphiql')
    const policy = String(response.headers['content-security-policy'])
    assert.match(policy, /script-src 'self'; worker-src 'self'; connect-src 'self'/)
    assert.doesNotMatch(policy, /http/)
    // The icon in its data: URL has a namespace, which nothing loads.
    assert.doesNotMatch(body.toString(), /(src|href)="(http|\/\/)/)
  })

  it('are kept for a year, compressed for whoever takes it', async () => {
    for (const path of await assets()) {
      const plain = await get(path, { 'accept-encoding': 'gzip;q=0, *' })
      assert.equal(plain.response.statusCode, 200, path)
      const { headers } = plain.response
      assert.equal(headers['content-type']?.split(';')[0], path.endsWith('.js') ? 'text/javascript' : 'text/css')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers.vary, 'accept-encoding')
      assert.equal(headers['content-encoding'], undefined)
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
      const packed = await get(path, { 'accept-encoding': 'br, gzip;q=0.5' })
      assert.equal(packed.response.headers['content-encoding'], 'gzip', path)
      assert.deepEqual(gunzipSync(packed.body), plain.body, path)
    }
  })

  it('that are not there are not found', async () => {
    for (const path of ['graphiql/assets/no.js', 'graphiql/assets/..%2findex.html', 'graphiql/assets/']) {
      const { response } = await get(path)
      assert.equal(response.statusCode, 404, path)
      assert.doesNotMatch(response.headers['cache-control'] ?? '', /max-age/, path)
    }
  })

  it('bring the licences of what is in them', async () => {
    const { response, body } = await get('graphiql/licenses')
    assert.equal(response.headers['content-type'], 'text/plain; charset=utf-8')
    // Of the page, of a worker alone, and of what the editor has in itself.
    for (const name of ['## graphiql - ', '## monaco-editor - ', '## picomatch-browser - ', 'markedjs']) assert.ok(body.includes(name), name)
  })
})
