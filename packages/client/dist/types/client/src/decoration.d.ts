/**
 * What an operation answers, and with which variables, as a type alone. The same as that of `@graphql-typed-document-node/core`,
 * so that other clients which know it take these operations as well.
 */
export interface DocumentTypeDecoration<Result, Variables> {
    __apiType?: (variables: Variables) => Result;
}
