import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextControl, progress } from '../../../src/cli/demo/page/story.js'

/** What happened, oldest first, each with its minute; newest first, as the server tells it. */
function events(...happened: [minute: number, kind: string][]): { kind: string; at: string }[] {
  return happened.map(([minute, kind]) => ({ kind, at: new Date(minute * 60_000).toISOString() })).reverse()
}

const steps = (...happened: [number, string][]) => [...progress(events(...happened), false).done]

test('nothing is done where nothing is connected', () => {
  assert.deepEqual([...progress(null, true).done], [])
})

test('a step is done as soon as this page knows, or the server', () => {
  assert.deepEqual([...progress(events([0, 'CONNECTED']), true).done], ['connected', 'used'])
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'TOKEN_READ']), ['connected', 'used'])
})

test('only a refresh of a token whose time was up is a renewal', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [5, 'REFRESHED'], [10, 'ROTATED']), ['connected'])
  assert.deepEqual(steps([0, 'CONNECTED'], [61, 'REFRESHED']), ['connected', 'renewed'])
  assert.deepEqual(steps([0, 'CONNECTED'], [61, 'ROTATED']), ['connected', 'renewed'])
})

test('an outage is survived when a refresh succeeds after one that failed, with no sign-in between', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED']), ['connected'])
  assert.equal(progress(events([0, 'CONNECTED'], [1, 'REFRESH_FAILED']), false).failing, true)
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED'], [2, 'REFRESHED']), ['connected', 'survived'])
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED'], [2, 'CONNECTED'], [3, 'REFRESHED']), ['connected'])
})

test('only a sign-in after the revocation heals it', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'CONNECTED']), ['connected'])
  assert.deepEqual(steps([0, 'CONNECTED'], [9, 'REAUTHENTICATION_REQUIRED']), ['connected', 'revoked'])
  assert.deepEqual(steps([0, 'CONNECTED'], [9, 'REAUTHENTICATION_REQUIRED'], [10, 'CONNECTED']), ['connected', 'revoked', 'healed'])
})

test('the next click follows from how things stand', () => {
  const well = { down: false, alive: true, ended: false, failing: false }
  assert.equal(nextControl('connected', well), 'element')
  assert.equal(nextControl('used', well), 'use')
  assert.equal(nextControl('renewed', well), 'hour')
  assert.equal(nextControl('renewed', { ...well, ended: true }), 'use')
  assert.equal(nextControl('survived', well), 'down')
  assert.equal(nextControl('survived', { ...well, down: true }), 'element')
  assert.equal(nextControl('survived', { ...well, down: true, failing: true }), 'down')
  assert.equal(nextControl('survived', { ...well, failing: true }), 'element')
  assert.equal(nextControl('revoked', well), 'revoke')
  assert.equal(nextControl('revoked', { ...well, alive: false }), 'morning')
  assert.equal(nextControl('healed', well), 'element')
  assert.equal(nextControl(undefined, well), null)
})
