import assert from 'node:assert/strict'
import { test } from 'node:test'

import { World } from './world.ts'

test('a user who has signed in connects and is handed a token', async () => {
  const world = await World.start()
  try {
    const ada = await world.user('ada@example.com')
    await world.signIn(ada, 'google')
    const query = 'mutation { connectProvider(provider: google) { status accessToken } }'
    const response = await fetch(world.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.jwt}` },
      body: JSON.stringify({ query }),
    })
    const body = await response.text()
    assert.match(body, /"status":"ACTIVE","accessToken":"sim-at-google-/)
  } finally {
    await world.stop()
  }
})
