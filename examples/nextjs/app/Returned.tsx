'use client'

import { createClient } from '@provider-connections/client'
import { type ReturnedSignIn, takeSignIn } from '@provider-connections/react'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'

import { nhost } from '../lib/browser.ts'
import { GRAPHQL_URL, nameOf } from '../lib/config.ts'

/** On the page that a sign-in comes back to: exchanges it for a session, connects, and has the server render again. */
export function Returned() {
  const router = useRouter()
  const [told, setTold] = useState('')
  useEffect(() => {
    returned ??= connectReturned()
    void returned.then((found) => {
      if (found === null) return
      setTold(found.words)
      // Next.js has an address of its own in mind, with the code in it: it would put that back.
      router.replace(found.address)
      router.refresh()
    })
  }, [router])
  // Its line is there from the start: the buttons below don't move when the text comes.
  return (
    <p role="status" style={{ minHeight: '2lh' }}>
      {told}
    </p>
  )
}

/** One page load is one return, however often the effect runs: StrictMode runs it twice. */
let returned: Promise<Returning | null> | undefined

interface Returning {
  /** What came of it, for people. */
  words: string
  /** This page's, without what came back in it. */
  address: string
}

/** null: no sign-in of this tab has come back. */
async function connectReturned(): Promise<Returning | null> {
  const back = takeSignIn()
  if (back === null) return null
  const address = location.pathname + location.search
  return { words: await connected(back), address }
}

async function connected(back: ReturnedSignIn): Promise<string> {
  const name = nameOf(back.provider)
  if (back.failure !== null) return `Signing in with ${name} did not work. Please try again.`
  try {
    if (back.code !== null) await nhost().auth.tokenExchange(back.code)
    if (back.refreshToken !== null) await nhost().auth.refreshToken({ refreshToken: back.refreshToken })
    const jwt = nhost().getUserSession()?.accessToken ?? null
    await createClient({ endpoint: GRAPHQL_URL, jwt }).connectProvider(back.provider)
    return `Connected ${name}.`
  } catch (thrown) {
    return `Could not connect ${name}. ${thrown instanceof Error ? thrown.message : ''}`
  }
}
