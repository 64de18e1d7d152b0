import { isProvider, type OAuthProvider, ProviderConnectionsError } from '@provider-connections/client'
import Link from 'next/link'
import { notFound, redirect } from 'next/navigation'

import { nameOf, userinfoUrl } from '../../../lib/config.ts'
import { connectionsOfRequest } from '../../../lib/server.ts'

/** Calls the provider's API while it renders: the access token stays on the server. */
export default async function Profile({ params }: PageProps<'/profile/[provider]'>) {
  const { provider } = await params
  if (!isProvider(provider)) notFound()
  return (
    <main>
      <h1>{nameOf(provider)}</h1>
      <p>{await told(provider)}</p>
      <Link href="/">Your accounts</Link>
    </main>
  )
}

async function told(provider: OAuthProvider): Promise<string> {
  const client = await connectionsOfRequest()
  if (client === null) redirect('/')
  try {
    const response = await client.fetch(provider, userinfoUrl(provider), { cache: 'no-store' })
    const body: unknown = await response.json()
    return response.ok ? `${nameOf(provider)} knows you as ${emailIn(body)}.` : `${nameOf(provider)} answers ${response.status}.`
  } catch (thrown) {
    // Its message is made for people: what happened, and what to do.
    if (thrown instanceof ProviderConnectionsError) return thrown.message
    throw thrown
  }
}

function emailIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'email' in body ? String(body.email) : 'somebody'
}
