import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'

import type { Page } from 'playwright-core'

import type { ProviderConnectionsElement } from '../../../packages/element/dist/types/index.d.ts'
import { openList, SCENES } from './scenes.ts'
import { Stage } from './stage.ts'

const root = new URL('../../../', import.meta.url)
const text = await readFile(new URL('docs/element.md', root), 'utf8')

/** The names in the first column of the table whose head begins with `head`, without brackets and what is in them. */
function documented(head: string): string[] {
  const [, table = ''] = text.split(new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]*\\n`, 'mu'))
  const rows = table.split(/^(?!\|)/mu)[0] ?? ''
  const names = rows.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([\w-]+)[^`]*`/gu)].map(([, name = '']) => name))
  assert.notEqual(names.length, 0, head)
  return names.sort()
}

/** What matches in the element's sources: all names are written out in them. */
async function inSources(pattern: RegExp): Promise<string[]> {
  const folder = new URL('packages/element/src/', root)
  const found = new Set<string>()
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.js')) continue
    for (const [, one = ''] of (await readFile(new URL(name, folder), 'utf8')).matchAll(pattern)) found.add(one)
  }
  return [...found].sort()
}

describe('docs/element.md has all that there is, and nothing else', () => {
  let stage: Stage
  let page: Page
  before(async () => {
    stage = await Stage.set()
    page = await openList(stage)
  })
  after(async () => {
    await stage.end()
  })

  test('attributes', async () => {
    const observed = await page.evaluate(() => {
      const element = customElements.get('provider-connections')
      return element !== undefined && 'observedAttributes' in element ? element.observedAttributes : []
    })
    assert.ok(Array.isArray(observed))
    // One for each provider: `scopes-google`.
    const schema = await readFile(new URL('schema.graphql', root), 'utf8')
    const providers = [...(schema.match(/enum OAuthProvider \{([^}]*)\}/u)?.[1] ?? '').matchAll(/^ {2}(\w+)$/gmu)].map(([, name = '']) => name)
    assert.ok(providers.length > 10)
    const names = observed.map(String)
    const plain = names.filter((name) => !name.startsWith('scopes-'))
    assert.deepEqual(names.filter((name) => !plain.includes(name)).sort(), providers.map((name) => `scopes-${name}`).sort())
    assert.deepEqual(documented('attribute'), [...plain, 'scopes-PROVIDER'].sort())
  })

  test('properties and methods', async () => {
    const names = await page.locator('provider-connections').evaluate((element: ProviderConnectionsElement) => Object.getOwnPropertyNames(Object.getPrototypeOf(element)))
    assert.deepEqual(documented('name'), names.filter((name) => name !== 'constructor' && !name.endsWith('Callback')).sort())
  })

  test('events', async () => {
    assert.deepEqual(documented('event'), await inSources(/dispatch\('(\w+)'/gu))
  })

  test('custom properties, with the values that they have by default', async () => {
    assert.deepEqual(documented('custom property'), await inSources(/var\((--pc-[a-z-]+)/gu))
    for (const theme of ['light', 'dark'] as const) {
      const column = theme === 'light' ? 2 : 3
      await page.locator('provider-connections').evaluate((element, theme) => element.setAttribute('theme', theme), theme)
      for (const row of text.split('\n').filter((line) => line.startsWith('| `--pc-'))) {
        const cells = row.split('|').map((cell) => cell.replaceAll('`', '').trim())
        const [name = '', value = ''] = [cells[1], cells[column]]
        if (!value.startsWith('#')) continue
        const shown = await page.locator('provider-connections').evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), internal(name))
        assert.equal(shown.trim(), value, `${name}, ${theme}`)
      }
    }
  })

  test('parts', async () => {
    const parts = new Set<string>()
    for (const { open } of SCENES) {
      const scene = await open(stage)
      const names = await scene.locator('provider-connections').evaluate((element) =>
        [...(element.shadowRoot?.querySelectorAll('[part]') ?? [])].flatMap((one) => [...one.part]),
      )
      for (const name of names) parts.add(name)
    }
    const [, section = ''] = text.split('| part | |')
    const rows = section.split('\n\n')[0] ?? ''
    const named = [...rows.matchAll(/`([a-z-]+)`/gu)].map(([, name = '']) => name).filter((name) => !name.startsWith('data-'))
    assert.deepEqual([...new Set(named)].sort(), [...parts].sort())
  })

  test('error codes of its own', async () => {
    const [, sentence = ''] = text.split("one of the element's own:")
    const codes = [...(sentence.split('.')[0] ?? '').matchAll(/`([A-Z_]+)`/gu)].map(([, code = '']) => code)
    const server = await readFile(new URL('docs/errors.md', root), 'utf8')
    const used = await inSources(/new Failure\('([A-Z_]+)'/gu)
    assert.deepEqual(codes.sort(), used.filter((code) => !server.includes(`\`${code}\``)))
  })

  test('pictures: each is shown, each that is shown is there', async () => {
    const shown = [...text.matchAll(/\(images\/([\w-]+\.png)\)/gu)].map(([, name = '']) => name)
    const there = (await readdir(new URL('docs/images/', root))).filter((name) => name.startsWith('element'))
    assert.deepEqual([...new Set(shown)].sort(), there.sort())
  })
})

/** The name under which the sheet keeps the value. */
function internal(name: string): string {
  return name === '--pc-control-border' ? '--_control' : name.replace('--pc-', '--_')
}
