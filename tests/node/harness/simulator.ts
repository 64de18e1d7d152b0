export interface User {
  id: string
  jwt: string
}

/** What the simulator is asked to do: see its README, "The control API". */
export type Script = Record<string, string | number | boolean>

/** The simulated Nhost Auth and the providers behind it, told what to do. */
export class Simulator {
  /** Base URL of the simulated Nhost Auth, with `/v1`. */
  readonly auth: string

  constructor(auth: string) {
    this.auth = auth
  }

  /** A user who is signed in to the app. */
  async user(email: string): Promise<User> {
    const made = await this.control('users', { email })
    if (!isUser(made)) throw new Error(`the simulator made no user: ${JSON.stringify(made)}`)
    return { id: made.id, jwt: made.jwt }
  }

  /** What a sign-in of this user with the provider leaves behind at Nhost Auth, to be connected. */
  async signIn(user: User, provider: string, script: Script = {}): Promise<void> {
    await this.control('sign-in', { userId: user.id, provider, script })
  }

  /** One call of the simulator's control API; what it answers, or null where it says nothing. */
  async control(path: string, body?: unknown, method = 'POST'): Promise<unknown> {
    const url = new URL(`/control/${path}`, this.auth)
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? null : await response.json()
  }
}

function isUser(value: unknown): value is User {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'jwt' in value &&
    typeof value.jwt === 'string'
  )
}
