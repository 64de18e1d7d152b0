import { createTransport } from 'nodemailer'

import type { Mail } from './receive.ts'

/** Sends by SMTP: SMTP_URL is smtps://USER:PASSWORD@HOST, MAIL_FROM the sender's address. */
export async function send(mail: Mail): Promise<void> {
  const from = process.env['MAIL_FROM'] ?? ''
  const messageId = `<${mail.id}@${from.split('@')[1]?.replace('>', '') ?? 'localhost'}>`
  await createTransport(process.env['SMTP_URL']).sendMail({ from, messageId, to: mail.to, subject: mail.subject, text: mail.text })
}
