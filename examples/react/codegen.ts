import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  // In an app of your own: a copy of this file, or your Hasura's address where it is a remote schema.
  schema: '../../schema.graphql',
  documents: 'src/connections/*.graphql',
  generates: {
    'src/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        scalars: { uuid: 'string', timestamptz: 'string' },
        strictScalars: true,
        enumType: 'const',
        useTypeImports: true,
        // nhost-js sends a document's text, which only the tag keeps.
        documentMode: 'graphQLTag',
        gqlImport: 'graphql-tag#gql',
      },
    },
  },
}

export default config
