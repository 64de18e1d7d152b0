import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Failure } from '../src/failure.js'
import { Words } from '../src/words.js'

const NOW = Date.UTC(2026, 0, 31, 12)
const now = () => NOW
const english = new Words('en', {}, now)

test('moments are told in minutes, hours and days, and never tick by the second', () => {
  const told = [0, -30, 30, 60, -90, 59 * 60, 3600, -7200, 86_400, -3 * 86_400].map((seconds) => english.when(NOW + seconds * 1000))
  assert.deepEqual(told, [
    'just now', 'just now', 'in a moment', 'in 1 minute', '1 minute ago', 'in 59 minutes', 'in 1 hour', '2 hours ago', 'in 1 day', '3 days ago',
  ])
})

test('German has German moments; a language that is not shipped is English throughout', () => {
  assert.equal(new Words('de-AT', {}, now).when(NOW + 300_000), 'in 5 Minuten')
  const french = new Words('fr', {}, now)
  assert.equal(french.say('connected'), 'Connected')
  assert.equal(french.when(NOW + 300_000), 'in 5 minutes')
})

test("an app's own texts come with the moments of their language", () => {
  const french = new Words('fr', { connected: 'Connecté' }, now)
  assert.equal(french.say('connected'), 'Connecté')
  assert.equal(french.when(NOW + 300_000), 'dans 5 minutes')
})

test('a locale that is none does no harm', () => {
  assert.equal(new Words('not_a locale', {}, now).when(NOW), 'just now')
})

test('a failure is told in our words by its code, with when to try again', () => {
  const away = new Failure('UPSTREAM_UNAVAILABLE', 'from the server', { retryAfter: 300 })
  assert.equal(english.failure(away, 'google'), 'Google can’t be reached right now. Try again in 5 minutes.')
  const internal = new Failure('INTERNAL', 'from the server', { requestId: '0b8f' })
  assert.match(english.failure(internal, 'google'), /0b8f/)
  assert.equal(english.failure(new Failure('OF_A_NEWER_SERVER', 'Its own words.'), 'google'), 'Its own words.')
})

test('what is filled in is text, also where it looks like a blank', () => {
  assert.equal(english.say('stateIs', { provider: '{state}', state: 'x' }), '{state}: x')
})
