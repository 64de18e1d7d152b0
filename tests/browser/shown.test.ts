import assert from 'node:assert/strict'
import { test } from 'node:test'

import { story } from './harness/story.ts'

test(
  'what is connected is shown, and nobody else sees it',
  story({ page: { attributes: { live: 'off' } } }, async (story) => {
    const ada = await story.person('ada@example.com')
    const bob = await story.person('bob@example.com')
    await story.backend.connected(ada.user, 'google')
    await story.backend.connected(bob.user, 'spotify')
    const [hers, his] = [await ada.open(), await bob.open()]
    await hers.sees('google', 'connected')
    await his.sees('spotify', 'connected')
    assert.equal(await hers.row('spotify').count(), 0)
    assert.equal(await his.row('google').count(), 0)
  }),
)
