import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Failure } from '../src/failure.js'
import { Session, expiry, subject } from '../src/session.js'

const NOW = Date.UTC(2026, 0, 31, 12)

/**
 * A JWT that nobody signed.
 * @param {string} user
 * @param {number} seconds How long it lives yet.
 */
const jwt = (user, seconds) => `h.${Buffer.from(JSON.stringify({ sub: user, exp: NOW / 1000 + seconds })).toString('base64url')}.s`

/** @param {(options: { fresh: boolean }) => string | null} source */
function session(source) {
  const made = new Session(() => NOW)
  made.source = source
  return made
}

const expired = () => new Failure('UNAUTHENTICATED', '', { reason: 'jwt-expired' })

test('a JWT is read for its end and its user, and a broken one says neither', () => {
  assert.equal(expiry(jwt('ada', 900)), NOW + 900_000)
  assert.equal(subject(jwt('ada', 900)), 'ada')
  assert.equal(expiry('not a JWT'), null)
  assert.equal(subject('a.%%%.b'), null)
})

test('a JWT that is about to end is renewed before it is sent', async () => {
  const made = session(({ fresh }) => jwt(fresh ? 'new' : 'old', fresh ? 900 : 5))
  assert.equal(await made.as(async (_, user) => user), 'new')
})

test('a refused JWT is renewed once, and the call is made again', async () => {
  /** @type {boolean[]} */
  const asked = []
  const made = session(({ fresh }) => (asked.push(fresh), jwt(fresh ? 'new' : 'old', 900)))
  const answer = await made.as(async (_, user) => {
    if (user === 'old') throw expired()
    return user
  })
  assert.equal(answer, 'new')
  assert.deepEqual(asked, [false, true])
})

test('where the new one is refused too, the session has ended, and no newer one is asked for until a call went well', async () => {
  let renewals = 0
  const made = session(({ fresh }) => jwt(fresh ? `new ${(renewals += 1)}` : 'old', 900))
  for (let call = 0; call < 3; call += 1) {
    await assert.rejects(made.as(() => Promise.reject(expired())), { code: 'SESSION_ENDED' })
  }
  assert.equal(renewals, 1)
  await made.as(async () => null)
  await assert.rejects(made.as(() => Promise.reject(expired())), { code: 'SESSION_ENDED' })
  assert.equal(renewals, 2)
})

test('calls that are refused side by side ask for one new JWT', async () => {
  let renewals = 0
  const made = session(({ fresh }) => {
    if (fresh) renewals += 1
    return jwt('ada', 900)
  })
  await Promise.all([made.renew(), made.renew()])
  assert.equal(renewals, 1)
})

test('a call that is refused while a new JWT is on its way is made again with that one', async () => {
  /** @type {(jwt: string) => void} */
  let arrives = () => {}
  const arriving = new Promise((resolve) => (arrives = resolve))
  const made = new Session(() => NOW)
  made.source = ({ fresh }) => (fresh ? arriving : jwt('old', 900))
  const renewal = made.renew()
  const answer = made.as(async (_, user) => {
    if (user !== 'old') return user
    setImmediate(() => arrives(jwt('new', 900)))
    throw expired()
  })
  assert.equal(await answer, 'new')
  assert.equal(subject((await renewal) ?? ''), 'new')
})

test('a JWT that the connection for changes had renewed is renewed for a call as well', async () => {
  let renewals = 0
  const made = session(({ fresh }) => jwt(`${fresh ? (renewals += 1) : renewals}`, 900))
  await made.renew()
  const answer = await made.as(async (_, user) => {
    if (user === '1') throw expired()
    return user
  })
  assert.equal(answer, '2')
})

test('nobody signed in, and an app that can’t say, are told apart', async () => {
  await assert.rejects(session(() => null).as(async () => null), { code: 'SIGNED_OUT' })
  const broken = session(() => {
    throw new Error('no network')
  })
  await assert.rejects(broken.as(async () => null), { code: 'OFFLINE' })
})

test('another refusal is no matter of the JWT', async () => {
  let renewals = 0
  const made = session(({ fresh }) => (fresh && (renewals += 1), jwt('ada', 900)))
  await assert.rejects(made.as(() => Promise.reject(new Failure('UNAUTHENTICATED', '', { reason: 'role-not-allowed' }))), { code: 'UNAUTHENTICATED' })
  assert.equal(renewals, 0)
})

for (const change of /** @type {const} */ (['source', 'user'])) {
  test(`a renewal that was begun before another ${change} is not joined, and does not end the one after`, async () => {
    /** @type {((jwt: string) => void)[]} */
    const answers = []
    /** @type {import('../src/types.js').JwtSource} */
    const source = ({ fresh }) => (fresh ? new Promise((resolve) => answers.push(resolve)) : jwt('old', 900))
    const made = new Session(() => NOW)
    made.source = source
    const adas = made.renew()
    if (change === 'source') made.source = (options) => source(options)
    else made.userChanged()
    const bobs = made.renew()
    answers[0]?.(jwt('ada', 900))
    assert.equal(subject((await adas) ?? ''), 'ada')
    const late = made.renew()
    assert.equal(answers.length, 2, 'who asks now joins the second')
    answers[1]?.(jwt('bob', 900))
    assert.deepEqual([await bobs, await late].map((one) => subject(one ?? '')), ['bob', 'bob'])
  })
}
