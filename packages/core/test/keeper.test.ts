import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type ProviderToken, TokenKeeper } from '../src/keeper.ts'

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
