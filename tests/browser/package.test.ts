import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'

import { FreshProject, NAME } from './harness/package.ts'
import { story, type Story } from './harness/story.ts'
import { PATIENCE } from './harness/tab.ts'

const root = new URL('../../', import.meta.url)
const installed = `node_modules/${NAME}`

let project: FreshProject
let older: FreshProject
before(async () => {
  project = await FreshProject.install('19')
  older = await FreshProject.install('18')
})
after(async () => {
  await project?.remove()
  await older?.remove()
})

for (const module of ['nodenext', 'preserve'] as const) {
  test(`an app type-checks with the installed package, React's tag included (module ${module})`, async () => {
    for (const fresh of [project, older]) {
      await fresh.take('main.ts')
      await fresh.take('app.tsx')
      await fresh.compile(module, ['main.ts', 'app.tsx'])
    }
  })
}

test("the example for React in the package's README type-checks", async () => {
  const [, example] = (await project.read(`${installed}/README.md`)).match(/^```tsx\n([^]*?)^```/mu) ?? []
  assert.ok(example)
  await project.write('example.tsx', example)
  await project.compile('nodenext', ['example.tsx'])
})

test('an import where there is no DOM does nothing', async () => {
  assert.equal(await project.node(`await import('${NAME}'); process.stdout.write('imported')`), 'imported')
})

test('it has what its users need, and nothing of how it is made', async () => {
  const names = (await project.files(installed)).filter((name) => !/^dist\/(?:types\/[\w/-]+\.d\.ts|marks\/[a-z]+\.svg)$/u.test(name))
  const needed = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'dist/provider-connections.js', 'dist/round-trip.js', 'index.d.ts', 'package.json', 'react.d.ts']
  assert.deepEqual(names.sort(), needed)
})

test('its licences are those of the project', async () => {
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    assert.equal(await project.read(`${installed}/${name}`), await readFile(new URL(name, root), 'utf8'))
  }
})

test(
  'the installed package shows the connections and renews a token in a browser',
  story({}, async (story) => {
    await project.take('main.ts')
    await project.compile('nodenext', ['main.ts'])
    await serve(story)
    const ada = await story.person('ada@example.com')
    await story.backend.connected(ada.user, 'google')
    const tab = await ada.tab()
    await tab.page.exposeFunction('userJwt', () => ada.user.jwt)
    const heard = new EventEmitter()
    await tab.page.exposeFunction('heard', (event: string, provider: string) => heard.emit('heard', event, provider))
    await tab.visit()
    await tab.sees('google', 'connected')
    await tab.sees('github', 'not-connected')
    assert.equal(await tab.page.title(), 'google ACTIVE')
    assert.equal(await tab.button('google', 'refresh').innerText(), 'Renew')
    const refreshed = once(heard, 'heard', { signal: AbortSignal.timeout(PATIENCE) })
    await tab.click('google', 'refresh')
    assert.deepEqual(await refreshed, ['refreshed', 'google'])
    await tab.sees('google', 'connected')
  }),
)

test(
  'it runs a sign-in from what a bundler makes of it',
  story({ page: { attributes: { providers: 'google' } } }, async (story) => {
    const script = story.site.pages.get('/provider-connections.js')
    assert.ok(script)
    await project.write('entry.js', `import '${NAME}'`)
    story.site.pages.set('/provider-connections.js', { ...script, body: await project.bundle('entry.js') })
    const [tab] = await story.visit()
    await tab.click('google', 'connect')
    await tab.consent()
    await tab.sees('google', 'connected')
  }),
)

/** Puts the project on the site as it lies on the disk, under a policy that allows these scripts alone. */
async function serve({ site, backend }: Story): Promise<void> {
  const script = 'text/javascript; charset=utf-8'
  const module = project.resolve()
  const imports = JSON.stringify({ imports: { [NAME]: `/${module}` } })
  const endpoint = `${backend.server.origin}/graphql`
  const page = (await readFile(new URL('package/index.html', import.meta.url), 'utf8')).replace('{{imports}}', imports).replace('{{endpoint}}', endpoint)
  const hash = createHash('sha256').update(imports).digest('base64')
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}'; connect-src 'self' ${endpoint} ${endpoint.replace(/^http/u, 'ws')}`
  site.pages.set('/', { body: page, type: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy } })
  site.pages.set('/main.js', { body: await project.read('out/main.js'), type: script })
  site.pages.set(`/${module}`, { body: await project.read(module), type: script })
  // The providers' marks lie beside it.
  const folder = module.slice(0, module.lastIndexOf('/') + 1)
  for (const name of ['google', 'github']) {
    const mark = `${folder}marks/${name}.svg`
    site.pages.set(`/${mark}`, { body: await project.read(mark), type: 'image/svg+xml' })
  }
  // What the other tests take the element from is not what is looked at here.
  site.pages.delete('/provider-connections.js')
}
