import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type ProviderToken, TokenKeeper } from '../src/keeper.ts'
import { settled } from '../../test/backend.ts'

const retain = () => () => undefined

test('whoever asks while a token is read or renewed joins', async () => {
  const asked: string[] = []
  const answer = (name: string) => async (): Promise<ProviderToken> => {
    asked.push(name)
    await Promise.resolve()
    return { accessToken: name, expiresAt: null, refreshable: true }
  }
  const { getToken } = new TokenKeeper({ read: answer('read'), renew: answer('renewed'), follow: () => undefined, retain })
  assert.deepEqual(await Promise.all([getToken(), getToken()]), ['read', 'read'])
  assert.deepEqual(asked, ['read'])
  assert.deepEqual(await Promise.all([getToken({ refused: 'read' }), getToken({ refused: 'read' })]), ['renewed', 'renewed'])
  assert.deepEqual(asked, ['read', 'read', 'renewed'])
})

test("a token that has expired by this machine's clock is a problem, and not handed out", async () => {
  const expired = async () => await Promise.resolve({ accessToken: 'old', expiresAt: Date.now() - 1, refreshable: true })
  const { getToken } = new TokenKeeper({ read: expired, renew: expired, follow: () => undefined, retain })
  await assert.rejects(getToken(), { code: 'CLOCK' })
})

/** A keeper whose reads are answered when a test says so, and what it has asked for. */
function heldBack() {
  const asked: { name: string; answer: (accessToken: string) => void }[] = []
  const answer = (name: string) => async (): Promise<ProviderToken> =>
    await new Promise((resolve) => {
      asked.push({ name, answer: (accessToken) => resolve({ accessToken, expiresAt: null, refreshable: true }) })
    })
  const keeper = new TokenKeeper({ read: answer('read'), renew: answer('renew'), follow: () => undefined, retain })
  return { keeper, asked }
}

for (const way of ['changed', 'refetch'] as const) {
  test(`a read that began before ${way === 'changed' ? 'a change' : '`refetch`'} is followed by another, one for all who ask meanwhile`, async () => {
    const { keeper, asked } = heldBack()
    const end = keeper.subscribe(() => undefined)
    keeper[way]()
    keeper[way]()
    const token = keeper.getToken()
    asked[0]?.answer('before')
    await settled()
    assert.equal(asked.length, 2)
    asked[1]?.answer('after')
    assert.equal(await token, 'after')
    await settled()
    assert.equal(keeper.snapshot().accessToken, 'after')
    assert.equal(asked.length, 2)
    end()
  })
}

test('what was to be read after a change is not read for the next user', async () => {
  const { keeper, asked } = heldBack()
  const end = keeper.subscribe(() => undefined)
  keeper.changed()
  const adas = keeper.getToken()
  keeper.forget()
  keeper.restart()
  asked[0]?.answer('of ada')
  await assert.rejects(adas, { code: 'USER_CHANGED' })
  asked[1]?.answer('of bob')
  await settled()
  assert.equal(keeper.snapshot().accessToken, 'of bob')
  assert.equal(asked.length, 2)
  end()
})
