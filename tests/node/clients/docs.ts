/** Writes the TypeScript of docs/clients.md beside the generated types, so that the compiler and ESLint read it as well. */
import { readFile, writeFile } from 'node:fs/promises'

const here = new URL('.', import.meta.url)
const text = await readFile(new URL('../../../docs/clients.md', here), 'utf8')

const fences = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, body]) => ({ language, body: body ?? '' }))
const snippets = fences.filter(({ language }) => language === 'ts').map(({ body }) => body)
// A page has its top-level code in a module; a snippet without imports is none by itself.
await Promise.all(snippets.map((body, index) => writeFile(new URL(`docs-${index + 1}.ts`, here), `${body}\nexport {}\n`)))

// What is shown of the operations and of codegen.ts is what the tests use.
for (const [file, part] of [
  ['operations.graphql', fences.find(({ language }) => language === 'graphql')?.body],
  ['../codegen.ts', / {6}config: \{.*? {6}\},\n/s.exec(snippets[0] ?? '')?.[0]],
] as const) {
  const whole = await readFile(new URL(file, here), 'utf8')
  if (part === undefined || !whole.includes(part)) throw new Error(`docs/clients.md shows something else than tests/node/clients/${file}`)
}
