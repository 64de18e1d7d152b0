import type { NhostClient } from '@nhost/nhost-js'
import { useSyncExternalStore } from 'react'

/** The id of the user who is signed in; undefined: nobody is. Follows what happens in other tabs. */
export function useUserId(nhost: NhostClient): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      const ended = nhost.sessionStorage.onChange(listener)
      // nhost-js tells of this tab alone.
      window.addEventListener('storage', listener)
      return () => {
        ended()
        window.removeEventListener('storage', listener)
      }
    },
    () => nhost.getUserSession()?.user?.id,
  )
}
