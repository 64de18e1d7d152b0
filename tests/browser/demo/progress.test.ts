import assert from 'node:assert/strict'
import { test } from 'node:test'

import { NOTHING_SEEN, STEPS, nextControl, progress } from '../../../src/cli/demo/page/story.js'

/** What happened, oldest first, each with its minute; newest first, as the server tells it. */
function events(...happened: [minute: number, kind: string][]): { kind: string; at: string }[] {
  return happened.map(([minute, kind]) => ({ kind, at: new Date(minute * 60_000).toISOString() })).reverse()
}

const seen = (more: Partial<typeof NOTHING_SEEN> = {}) => ({ ...NOTHING_SEEN, ...more })
const steps = (...happened: [number, string][]) => [...progress(events(...happened), seen()).done]

test('nothing is done where nothing is connected', () => {
  assert.deepEqual([...progress(null, seen({ used: true, neighbour: true })).done], [])
})

test('a step is done as soon as this page knows, or the server', () => {
  assert.deepEqual([...progress(events([0, 'CONNECTED']), seen({ used: true })).done], ['connected', 'used'])
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'TOKEN_READ']), ['connected', 'used'])
})

test('only a refresh of a token whose time was up is a renewal', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [5, 'REFRESHED'], [10, 'ROTATED']), ['connected'])
  assert.deepEqual(steps([0, 'CONNECTED'], [61, 'REFRESHED']), ['connected', 'renewed'])
  assert.deepEqual(steps([0, 'CONNECTED'], [61, 'ROTATED']), ['connected', 'renewed'])
})

test('an outage is survived when a refresh succeeds after one that failed, with no sign-in between', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED']), ['connected'])
  assert.equal(progress(events([0, 'CONNECTED'], [1, 'REFRESH_FAILED']), seen()).failing, true)
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED'], [2, 'REFRESHED']), ['connected', 'survived'])
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'REFRESH_FAILED'], [2, 'CONNECTED'], [3, 'REFRESHED']), ['connected'])
})

test('only a sign-in after the revocation heals it', () => {
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'CONNECTED']), ['connected'])
  assert.deepEqual(steps([0, 'CONNECTED'], [9, 'REAUTHENTICATION_REQUIRED']), ['connected', 'revoked'])
  assert.deepEqual(steps([0, 'CONNECTED'], [9, 'REAUTHENTICATION_REQUIRED'], [10, 'CONNECTED']), ['connected', 'revoked', 'healed'])
})

test('the steps after the healing are done by what the backend, the neighbour and the agent have seen', () => {
  const done = (more: Partial<typeof NOTHING_SEEN>) => [...progress(events([0, 'CONNECTED']), seen(more)).done]
  assert.deepEqual(done({ notified: true }), ['connected'])
  assert.deepEqual(done({ forged: true }), ['connected'])
  assert.deepEqual(done({ notified: true, forged: true }), ['connected', 'notified'])
  assert.deepEqual(done({ neighbour: true }), ['connected', 'neighbour'])
  assert.deepEqual(done({ agent: true }), ['connected', 'granted'])
  assert.deepEqual(steps([0, 'CONNECTED'], [1, 'ACCOUNT_CHANGED']), ['connected', 'switched'])
})

test('a token that an agent reads is not one that the app uses', () => {
  const read = [{ kind: 'TOKEN_READ', at: new Date(60_000).toISOString(), actor: 'CLIENT' }, ...events([0, 'CONNECTED'])]
  assert.deepEqual([...progress(read, seen()).done], ['connected', 'granted'])
})

test('disconnecting is done when the connection is gone, which takes its events along', () => {
  assert.deepEqual([...progress(null, seen({ disconnected: true })).done], ['disconnected'])
})

test('the next click follows from how things stand', () => {
  const well = { connected: true, down: false, alive: true, ended: false, failing: false, granted: false, asked: false }
  assert.equal(nextControl('connected', { ...well, connected: false, alive: false }), 'element:connect')
  assert.equal(nextControl('used', well), 'use')
  assert.equal(nextControl('renewed', well), 'hour')
  assert.equal(nextControl('renewed', { ...well, ended: true }), 'use')
  assert.equal(nextControl('survived', well), 'down')
  assert.equal(nextControl('survived', { ...well, down: true }), 'element:refresh')
  assert.equal(nextControl('survived', { ...well, down: true, failing: true }), 'down')
  assert.equal(nextControl('survived', { ...well, failing: true }), 'element:refresh')
  assert.equal(nextControl('revoked', well), 'revoke')
  assert.equal(nextControl('revoked', { ...well, alive: false }), 'morning')
  assert.equal(nextControl('healed', { ...well, alive: false }), 'element:sign-in-again')
  assert.equal(nextControl('notified', well), 'forge')
  assert.equal(nextControl('neighbour', well), 'neighbour')
  assert.equal(nextControl('switched', well), 'switch')
  assert.equal(nextControl('granted', well), 'agent')
  assert.equal(nextControl('granted', { ...well, asked: true }), 'grant-access')
  assert.equal(nextControl('granted', { ...well, asked: true, granted: true }), 'agent')
  assert.equal(nextControl('disconnected', well), 'element:disconnect')
  assert.equal(nextControl(undefined, well), null)
})

test('whatever the step, a missing connection is connected first, and after the healing a broken one is healed', () => {
  const well = { connected: true, down: false, alive: true, ended: false, failing: false, granted: false, asked: false }
  for (const step of STEPS) assert.equal(nextControl(step, { ...well, connected: false }), 'element:connect', step)
  for (const step of STEPS.slice(STEPS.indexOf('healed') + 1)) {
    assert.equal(nextControl(step, { ...well, alive: false }), 'element:sign-in-again', step)
    assert.equal(nextControl(step, { ...well, down: true }), 'down', step)
  }
})
