import { createHandler } from 'graphql-http/lib/use/http'

import { app, type Row } from '../../hasura/app.ts'
import { Listening } from './http.ts'

/** The app's own tables as a GraphQL server beside this one. */
export async function appWith(rows: readonly Row[]): Promise<Listening & { readonly url: string }> {
  const listening = await Listening.start(createHandler({ schema: app(rows) }))
  return Object.assign(listening, { url: `${listening.origin}/graphql` })
}
