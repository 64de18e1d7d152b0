import { errorFrom as failureOf, errorOf } from '../../client/src/errorOf.ts'
import { Failure } from '../../element/src/failure.js'

export { Failure, failureOf }

/** Whether the user alone can end it, by a sign-in or by connecting: asking again does not help. */
export function needsUser({ code, reauthenticationUrl }: Failure): boolean {
  return reauthenticationUrl !== null || code === 'NOT_CONNECTED' || isSignedOut(code)
}

/** Whether it says that nobody is signed in to the app. */
export function isSignedOut(code: string): boolean {
  return code === 'SIGNED_OUT' || code === 'SESSION_ENDED'
}

/** The answer came when another user had signed in, or nobody was signed in any more: it is dropped. */
export function userChanged(): Failure {
  return errorOf('USER_CHANGED')
}
