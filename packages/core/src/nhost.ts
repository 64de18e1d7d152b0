import { NHOST_AUTH_UNREACHABLE } from '../../client/src/messages.ts'
import type { SessionSource } from './types.ts'

/** What is used of an nhost-js 4 client: this package does not depend on it. */
export interface NhostLike {
  getUserSession(): { accessToken: string; user?: { id: string } | undefined } | null
  /** `marginSeconds` 0: whatever the present one's expiry says. */
  refreshSession(marginSeconds?: number): Promise<{ accessToken: string } | null>
  sessionStorage: { onChange(listener: () => void): () => void }
}

/** The session of an nhost-js 4 client, of this tab and of the others. */
export function nhostSession(nhost: NhostLike): SessionSource {
  return {
    jwt: async ({ fresh }) => {
      const session = await (fresh ? nhost.refreshSession(0) : nhost.refreshSession())
      // nhost-js answers null as well where Nhost Auth can't be reached: nobody has signed out then.
      if (session === null && nhost.getUserSession() !== null) throw new Error(NHOST_AUTH_UNREACHABLE)
      return session?.accessToken ?? null
    },
    user: () => nhost.getUserSession()?.user?.id ?? null,
    onChange: (listener) => {
      const ended = nhost.sessionStorage.onChange(listener)
      // nhost-js says what happens in this tab alone.
      globalThis.window?.addEventListener('storage', listener)
      return () => {
        ended()
        globalThis.window?.removeEventListener('storage', listener)
      }
    },
  }
}
