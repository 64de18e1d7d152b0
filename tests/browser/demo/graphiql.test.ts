import assert from 'node:assert/strict'
import { test } from 'node:test'

import { demo } from './demo.ts'

test(
  'GraphiQL runs an example out of the binary, under its policy, with nothing from elsewhere',
  demo({}, async (demo) => {
    const { page } = demo.tab
    await page.goto(`${demo.backend.server.origin}/graphiql`)
    await page.locator('.graphiql-execute-button').click()
    await page.locator('.result-window').getByText('ACTIVE').first().waitFor()
    assert.equal(await page.locator('noscript, #graphiql > p').filter({ visible: true }).count(), 0)
  }),
)
