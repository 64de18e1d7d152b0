import { Failure } from '../../element/src/failure.js'

export { Failure }

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
  return new Failure('USER_CHANGED', 'Another user has signed in since, or nobody is signed in. Ask again.')
}

/** As thrown, or as a failure where it is none. */
export function failureOf(thrown: unknown): Failure {
  const failure = Failure.from(thrown)
  return failure.code === 'OFFLINE' && failure.retryAfter === null
    ? new Failure('OFFLINE', 'The server can’t be reached. It is tried again.', { retryAfter: 10 })
    : failure
}
