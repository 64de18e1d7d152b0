// Writes src/generated.ts: the types and the texts of src/operations.graphql, by schema.graphql. `--check` writes nothing,
// and fails where what is committed is not what these make.
import { readFile, writeFile } from 'node:fs/promises'

import { codegen } from '@graphql-codegen/core'
import * as typedDocumentNode from '@graphql-codegen/typed-document-node'
import * as typescriptOperations from '@graphql-codegen/typescript-operations'
import { buildSchema, parse } from 'graphql'

/** Its types have no code, and a peer, `graphql`, that the text of an operation does not need: src/decoration.ts has the one that is used. */
const TYPES = "'@graphql-typed-document-node/core'"

/** @param {string} path */
const at = (path) => new URL(path, import.meta.url)

/** What src/generated.ts has to be. */
async function generated() {
  const [schema, operations] = await Promise.all([readFile(at('../../schema.graphql'), 'utf8'), readFile(at('src/operations.graphql'), 'utf8')])
  const written = await codegen({
    filename: 'generated.ts',
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents: [{ location: 'operations.graphql', document: parse(operations) }],
    config: {
      scalars: { uuid: 'string', timestamptz: 'string' },
      strictScalars: true,
      enumType: 'string-literal',
      useTypeImports: true,
      immutableTypes: true,
      // A text is sent as it is: no parser and no printer go with it.
      documentMode: 'string',
      pureMagicComment: true,
    },
    pluginMap: { typedDocumentNode, typescriptOperations },
    plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
  })
  if (!written.includes(TYPES)) throw new Error(`The generator imports its types from elsewhere than ${TYPES}. Look at generate.js.`)
  return `// Generated from operations.graphql and schema.graphql by generate.js: npm run build\n${written.replace(TYPES, "'./decoration.ts'")}\n`
}

const text = await generated()
if (!process.argv.includes('--check')) {
  await writeFile(at('src/generated.ts'), text)
} else if (text !== (await readFile(at('src/generated.ts'), 'utf8'))) {
  process.stderr.write('client/src/generated.ts is not what schema.graphql and operations.graphql make. Run in packages/: npm run build\n')
  process.exitCode = 1
}
