import { AppError } from '@counterfoil/core'
import type { Mail, Mailer } from './mailer.js'

const TIMEOUT_MS = 10_000

export interface SmtpSettings {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte. */
  readonly url: string
  /** What mails come from: an address, or `Name <address>`. */
  readonly from: string
}

/** Sends mail through an SMTP server, one connection a mail: there are few. */
export async function openSmtpMailer({ url, from }: SmtpSettings): Promise<Mailer> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // The text is ours and has links in it; nothing of it may make the library read files or fetch URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async ({ to, subject, text }: Mail) => {
      try {
        // As an object the address is taken as it is; as text it could be read as several.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text })
      } catch (cause) {
        throw new AppError('mail_failed', {
          hint: 'The mail server did not take the mail. The operator finds the reason in the log of the server.',
          cause,
        })
      }
    },
    close: () => transport.close(),
  }
}
