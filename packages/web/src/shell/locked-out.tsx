import type { ApiError } from '../api/client.js'
import { forgetKey } from '../api/credentials.js'
import { navigate } from '../router/location.js'
import { Button } from '../ui/button.js'
import { ErrorNotice, Notice } from '../ui/notice.js'

/** Why a session leads in no more, or not here, and what to do about it. */
const REASONS: Readonly<Record<string, readonly [title: string, text: string]>> = {
  second_factor_required: [
    'Your organization asks for a second factor',
    'Sign in again: you are asked for its code, or set one up on the way.',
  ],
  sso_required: [
    'Your organization signs in at its own provider',
    'Sign in again, with single sign-on and the short name of your organization.',
  ],
  organization_suspended: [
    'This organization is suspended',
    'Nobody gets in at the moment. Its entries are kept. Ask whoever runs this installation.',
  ],
  ip_not_allowlisted: [
    'This key may not be used from here',
    'It is bound to certain addresses. Use another one, or sign in with your e-mail address.',
  ],
}

/** Whether somebody who was in is so no more; a server that is away for a moment is another thing. */
export function isLockedOut({ status }: ApiError): boolean {
  return status === 403 || status === 404
}

/** What stands in place of every page where it cannot be said who asks, or what they may. */
export function LockedOut({ error, onRetry }: { readonly error: ApiError; readonly onRetry: () => void }) {
  const reason = REASONS[error.code]
  if (reason !== undefined) {
    const [title, text] = reason
    return (
      <Notice icon="lock" title={title} actions={<Button onClick={signInAgain}>Sign in again</Button>}>
        {text}
      </Notice>
    )
  }
  if (error.status === 404) {
    return (
      <Notice
        icon="lock"
        title="There is no such organization for you"
        actions={<Button onClick={() => navigate('/logs')}>To your own organization</Button>}
      >
        The link names an organization that does not exist, or that you do not belong to.
      </Notice>
    )
  }
  return <ErrorNotice error={error} onRetry={onRetry} />
}

function signInAgain(): void {
  forgetKey()
  navigate('/sign-in')
}
