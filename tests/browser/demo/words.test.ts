import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { STEPS } from '../../../src/cli/demo/page/story.js'
import { PAGE, STEPS as WORDS } from '../../../src/cli/demo/page/words.js'

const html = await readFile(new URL('../../../src/cli/demo/page/index.html', import.meta.url), 'utf8')
const named = [...html.matchAll(/data-(?:word|label)="([^"]+)"/g)].map(([, word]) => word ?? '')

test('every text of the page is in words.js, and each of those is used', () => {
  assert.deepEqual(named.filter((word) => !(word in PAGE)), [])
  assert.deepEqual(Object.keys(PAGE).filter((word) => !named.includes(word)), [])
})

test('the page itself has no words but its name, and what it says without JavaScript', () => {
  const body = html
    .slice(html.indexOf('<body>'))
    .replace(/<!--.*?-->/gs, '')
    .replace(/<noscript>.*?<\/noscript>/s, '')
  const texts = [...body.matchAll(/>([^<]*[a-z][^<]*)</gi)].map(([, text]) => text?.trim())
  assert.deepEqual(texts, ['provider-connections', 'demo', 'your-app / settings / accounts'])
})

test('search engines and previews of links are told what the page is', () => {
  assert.match(html, /<title>[^<]{10,60}<\/title>\n<meta name="description" content="[^"]{50,160}\.">/)
})

test('every step of the tour has a title, a task and a lesson', () => {
  assert.deepEqual(Object.keys(WORDS).sort(), [...STEPS].sort())
  for (const [step, { title, task, lesson }] of Object.entries(WORDS)) assert.ok(title && task && lesson, step)
})
