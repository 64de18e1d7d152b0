/** Every sentence of these packages that an app may show its user, or log. `${…}` is filled in by the functions. */

/** For a failure without an answer of the server, by its code. */
export const MESSAGES: Readonly<Record<string, string>> = {
  OFFLINE: 'The server can’t be reached. Try again in a moment.',
  SIGNED_OUT: 'Nobody is signed in to the app. Sign in first.',
  SESSION_ENDED: 'The session has ended. Sign in to the app again.',
  USER_CHANGED: 'Another user has signed in since, or nobody is signed in. Ask again.',
  CLOCK: 'By this device’s clock, the token has expired. Set the clock.',
}

export const notConnectedMessage = (provider: string): string => `The user has not connected ${provider}. Offer a sign-in with it.`

export const NO_SIGN_IN_ADDRESS = 'The server sent no sign-in address. Try again in a moment.'
export const NHOST_AUTH_UNREACHABLE = 'Nhost Auth can’t be reached. Try again in a moment.'
export const SECRET_IN_BROWSER = 'A service secret has no place in a browser: it reads every user’s tokens. Pass `jwt`.'
