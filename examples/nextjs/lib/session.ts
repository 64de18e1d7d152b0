import { DEFAULT_SESSION_KEY, type Session } from '@nhost/nhost-js/session'

/** The cookie that holds Nhost's session: the browser writes it, and so does proxy.ts. */
export const COOKIE = DEFAULT_SESSION_KEY
/** How long it lasts, in seconds: as nhost-js's own. */
export const LIFE = 30 * 86_400

/** Nobody is signed in, where it can't be read. */
export function sessionIn(cookie: string | undefined): Session | null {
  try {
    const session: unknown = JSON.parse(cookie ?? 'null')
    return isSession(session) ? session : null
  } catch {
    return null
  }
}

function isSession(value: unknown): value is Session {
  return typeof value === 'object' && value !== null && 'accessToken' in value && typeof value.accessToken === 'string' && 'refreshToken' in value
}
