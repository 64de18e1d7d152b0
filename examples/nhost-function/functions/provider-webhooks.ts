import type { Request, Response } from 'express'

import { emailOf } from './_lib/email_of.ts'
import { send } from './_lib/mail.ts'
import { receive } from './_lib/receive.ts'

/** Nhost keeps the body as it came, which is what is signed, beside the parsed one. */
type FunctionRequest = Request & { rawBody?: string }

export default async (request: FunctionRequest, response: Response): Promise<void> => {
  const secret = process.env['PROVIDER_WEBHOOK_SECRET'] ?? ''
  const status = await receive({ secret, emailOf, send }, request.rawBody ?? '', request.headers)
  response.sendStatus(status)
}
