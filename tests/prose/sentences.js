/**
 * node sentences.js FILE…: looks for sentences in code that belong into a file of strings, where they are read by lint.js and
 * can be translated. Exits with 1 where there is one, or where an exception isn't there any more.
 */
import { readFile } from 'node:fs/promises'
import ts from 'typescript'

/** All that a user can meet: of the element, of the demo's page, and of the packages for apps. */
export const FILES_OF_STRINGS = ['packages/element/src/strings/texts.js', 'src/cli/demo/page/words.js', 'packages/client/src/messages.ts']

/** What only a developer meets, who uses a package as it can't be used, and what a page says whose scripts are missing. */
const EXCEPTIONS = {
  'packages/element/src/signin.js': ['the element has no `exchange`'],
  'packages/graphiql/src/config.ts': ['The page has no configuration that this script can read.'],
  'packages/graphiql/src/main.tsx': ['The page has no place for GraphiQL.'],
  'packages/react/src/index.ts': ['The hooks of @provider-connections/react need a ProviderConnectionsProvider above them.'],
  'packages/svelte/src/index.ts': ['@provider-connections/svelte needs setProviderConnections(client) in a component above.'],
  'packages/vue/src/index.ts': ['The composables of @provider-connections/vue need app.use(providerConnectionsPlugin(client)).'],
  'src/cli/demo/page/dom.js': ['the page has no #{}'],
  'src/http/graphiql/vendored.js': ['GraphiQL could not be loaded: reload the page. The API itself is at /graphql; any other GraphQL client will do.'],
}

/** "Try again", "{} is connected", "the page has no #{}", "No network!"; not GraphQL, CSS, names or media types. */
function isSentence(text) {
  const words = text.trim().split(/\s+/)
  if (/\n|^[#.\w-]+\s*\{[^}]|[{(]\s/.test(text) || words.length < 2) return false
  const plain = words.filter((word) => /^[“„("’`]?\p{L}[\p{L}’'-]*[`”“")]?[.,:;!?…]*$/u.test(word)).length
  const begins = /^(?:\p{Lu}[\p{L}’']*|\{\})[,:]?$/u.test(words[0])
  return (begins && plain >= 1 && words.slice(1).some((word) => /^\p{Ll}[\p{Ll}’]+[.,:;!?…]*$/u.test(word))) || plain >= 4 || (plain >= 2 && /[.!?…]$/.test(text))
}

function sentences(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found = []
  const visit = (node) => {
    let literal
    if (ts.isStringLiteralLike(node) || ts.isJsxText(node)) literal = node.text
    else if (ts.isTemplateExpression(node)) literal = node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join('')
    if (literal !== undefined && isSentence(literal)) {
      found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, literal })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const files = process.argv.slice(2)
let mistakes = 0
function wrong(place, what) {
  mistakes += 1
  console.log(`WRONG ${place} ${what}`)
}
for (const file of files) {
  if (FILES_OF_STRINGS.includes(file)) continue
  const found = sentences(file, await readFile(file, 'utf8'))
  const expected = EXCEPTIONS[file] ?? []
  for (const { line, literal } of found) {
    if (!expected.includes(literal)) wrong(`${file}:${line}`, `"${literal}": move this sentence to ${FILES_OF_STRINGS.join(', ')}`)
  }
  for (const literal of expected) {
    if (!found.some((one) => one.literal === literal)) wrong(file, `"${literal}" isn't there: remove it from tests/prose/sentences.js`)
  }
}
console.log(`${files.length} files read: ${mistakes} sentences outside the files of strings`)
process.exitCode = mistakes ? 1 : 0
