import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'clients/*.graphql',
  generates: {
    'clients/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        scalars: { uuid: 'string', timestamptz: 'string' },
        strictScalars: true,
        enumType: 'string-literal',
        useTypeImports: true,
        // nhost-js sends a document's text, which only the tag keeps.
        documentMode: 'graphQLTag',
        gqlImport: 'graphql-tag#gql',
      },
    },
  },
}

export default config
