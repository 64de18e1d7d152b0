import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/** A mail to a user. */
export interface Mail {
  /** The same for the same webhook: mail servers drop a repetition. */
  id: string
  to: string
  subject: string
  text: string
}

/** What this function works with. */
export interface Parts {
  /** WEBHOOK_SECRET of the server. */
  secret: string
  emailOf: (userId: string) => Promise<string | undefined>
  send: (mail: Mail) => Promise<void>
}

/** What of a webhook is used here. */
interface Told {
  type: string
  userId: string
  provider: string
  reauthenticationUrl: string
}

/**
 * Verifies a webhook and mails the user a link to sign in again, where one is needed. Answers the
 * HTTP status; what throws is sent again.
 */
export async function receive(parts: Parts, body: string, headers: Record<string, string | string[] | undefined>): Promise<number> {
  const header = (name: string) => String(headers[name] ?? '')
  const id = header('webhook-id')
  let message: unknown
  try {
    message = new Webhook(parts.secret).verify(body, {
      'webhook-id': id,
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    })
  } catch (error) {
    if (error instanceof WebhookVerificationError) return 401
    throw error
  }
  const told = read(message)
  // Events that nobody has to do anything about, and those of later versions.
  if (told === undefined) return 204
  const to = await parts.emailOf(told.userId)
  if (to === undefined) return 204
  const when = told.type === 'connection.expires_soon' ? 'will end soon' : 'has ended'
  await parts.send({
    id,
    to,
    subject: `Your connection to ${told.provider} ${when}`,
    text: `Sign in with ${told.provider} again to keep using it:\n\n${told.reauthenticationUrl}\n`,
  })
  return 204
}

function read(message: unknown): Told | undefined {
  const type = field(message, 'type')
  if (type !== 'connection.reauthentication_required' && type !== 'connection.expires_soon') return undefined
  const data = field(message, 'data')
  const [userId, provider, url] = ['userId', 'provider', 'reauthenticationUrl'].map((name) => field(data, name))
  if (typeof userId !== 'string' || typeof provider !== 'string' || typeof url !== 'string') return undefined
  return { type, userId, provider, reauthenticationUrl: url }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
}
