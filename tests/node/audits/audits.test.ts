import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { serverAudits } from 'graphql-http'

import { World } from '../harness/world.ts'

/** Audits that fail and shall, by id, each with its reason. One that passes does not belong here. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map()

const world = await World.start()
after(() => world.stop())

const audits = serverAudits({ url: world.graphql, fetchFn: fetch })

for (const { id, name, fn } of audits) {
  const reason = EXCEPTIONS.get(id)
  test(`${id} ${name}${reason === undefined ? '' : `: fails, because ${reason}`}`, async () => {
    const result = await fn()
    const seen = result.status === 'ok' ? 'it passes' : `it fails: ${result.reason}`
    assert.equal(result.status === 'ok', reason === undefined, seen)
  })
}

test('every exception is an audit, and there are audits of each level', () => {
  const ids = new Set(audits.map(({ id }) => id))
  for (const id of EXCEPTIONS.keys()) assert.ok(ids.has(id), `${id} is no audit`)
  for (const level of ['MUST ', 'SHOULD ', 'MAY ']) {
    assert.ok(audits.filter(({ name }) => name.startsWith(level)).length >= 10, level)
  }
})
