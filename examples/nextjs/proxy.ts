import { createServerClient } from '@nhost/nhost-js'
import type { Session } from '@nhost/nhost-js/session'
import { type NextRequest, NextResponse } from 'next/server'

import { GRAPHQL_URL, NHOST_AUTH_URL } from './lib/config.ts'
import { COOKIE, LIFE, sessionIn } from './lib/session.ts'

/** A JWT that ends within so many seconds is renewed before the page is rendered. */
const MARGIN = 60

/** Server components can't set cookies: a session that is about to end is renewed here, before them. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const before = sessionIn(request.cookies.get(COOKIE)?.value)
  if (before === null) return NextResponse.next()
  let session: Session | null = before
  const storage = {
    get: () => session,
    set: (renewed: Session) => void (session = renewed),
    remove: () => void (session = null),
  }
  await createServerClient({ authUrl: NHOST_AUTH_URL, graphqlUrl: GRAPHQL_URL, storage }).refreshSession(MARGIN)
  return session === before ? NextResponse.next() : answered(request, session)
}

/**
 * With another session, for what is rendered now and for the browser; null: it has ended. Then the browser keeps its cookie, since
 * another request may have renewed the session just before, and removes it itself where it has ended for good.
 */
function answered(request: NextRequest, session: Session | null): NextResponse {
  if (session === null) {
    request.cookies.delete(COOKIE)
    return NextResponse.next({ request })
  }
  const value = JSON.stringify(session)
  request.cookies.set(COOKIE, value)
  const response = NextResponse.next({ request })
  // Not HttpOnly: the browser has the same session, and renews it as well.
  response.cookies.set(COOKIE, value, { maxAge: LIFE, path: '/', sameSite: 'lax', secure: request.nextUrl.protocol === 'https:' })
  return response
}

export const config = { matcher: ['/((?!_next/|favicon.ico).*)'] }
