import { RetryLaterError, UnauthenticatedError } from '@provider-connections/client'

import { connectionsOfRequest } from '../lib/server.ts'
import { Accounts } from './Accounts.tsx'
import { Connections } from './Connections.tsx'
import { Returned } from './Returned.tsx'
import { SignIn } from './SignIn.tsx'

/** A server component: the list is in the HTML, without access tokens. */
export default async function Page() {
  const initial = await listed()
  return (
    <main>
      <h1>Connected accounts</h1>
      <Returned />
      {initial === null ? (
        <SignIn />
      ) : (
        <Connections initial={initial}>
          <Accounts />
        </Connections>
      )}
    </main>
  )
}

/** null: nobody is signed in; undefined: the browser has to ask. */
async function listed() {
  try {
    return (await (await connectionsOfRequest())?.providerConnections()) ?? null
  } catch (thrown) {
    if (thrown instanceof UnauthenticatedError) return null
    if (thrown instanceof RetryLaterError) return undefined
    throw thrown
  }
}
