import type { Mail } from './mailer.js'

/** One line: names come from people, and a line break would begin another paragraph of ours. */
function line(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200)
}

export function invitationMail(to: string, organization: string, invitedBy: string, link: string): Mail {
  return {
    to,
    subject: `Invitation to the audit log of ${line(organization)}`,
    text: `${line(invitedBy)} invites you to the audit log of ${line(organization)}.

Join within seven days:
${link}

The link works once. If you do not know what this is about, do nothing.
`,
  }
}

export function resetMail(to: string, link: string): Mail {
  return {
    to,
    subject: 'A new password for the audit log',
    text: `Somebody asked for a new password for ${line(to)}.

Set it within an hour:
${link}

The link works once, and ends all of your sessions. If it was not you, do nothing: your password stays as it is.
`,
  }
}
