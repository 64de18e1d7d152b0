const QUERY = 'query EmailOf($id: uuid!) { user(id: $id) { email } }'

/** The user's address, which this server never has. Nhost sets both variables in its functions. */
export async function emailOf(userId: string): Promise<string | undefined> {
  const response = await fetch(process.env['NHOST_GRAPHQL_URL'] ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hasura-admin-secret': process.env['NHOST_ADMIN_SECRET'] ?? '' },
    body: JSON.stringify({ query: QUERY, variables: { id: userId } }),
  })
  const answer: unknown = await response.json()
  const email = at(at(at(answer, 'data'), 'user'), 'email')
  if (at(answer, 'data') === undefined) throw new Error(`Hasura did not answer: ${response.status}`)
  return typeof email === 'string' ? email : undefined
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
}
