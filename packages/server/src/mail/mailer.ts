/** A message of plain text. */
export interface Mail {
  /** One address. */
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends mail. */
export interface Mailer {
  /** Resolves once the mail server has taken it. Throws `mail_failed`. */
  send(mail: Mail): Promise<void>
  close(): void
}
