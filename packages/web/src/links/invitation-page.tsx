import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiError, call } from '../api/client.js'
import { Link } from '../router/link.js'
import { EntranceSheet } from '../sign-in/entrance-sheet.js'
import { Form } from '../ui/form.js'
import { Loading } from '../ui/loading.js'
import { Banner } from '../ui/notice.js'
import { linkToken } from './link-token.js'
import { NewPasswordField } from './new-password-field.js'

/** `POST /v1/invitations/open`: what the link is for. */
interface OpenInvitation {
  readonly email: string
  readonly organization: { readonly slug: string; readonly name: string }
  readonly role: string | null
  readonly needs_password: boolean
}

/** Where the link of an invitation leads: what one is invited to, and joining. */
export function InvitationPage() {
  const token = linkToken()
  const [joined, setJoined] = useState(false)
  const invitation = useQuery<OpenInvitation, ApiError>({
    queryKey: ['invitation', token],
    queryFn: () => call('POST', '/v1/invitations/open', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (joined && invitation.data !== undefined) return <Joined invitation={invitation.data} />
  if (invitation.isPending) {
    return (
      <EntranceSheet title="Your invitation">
        <Loading />
      </EntranceSheet>
    )
  }
  if (invitation.data === undefined) return <Worthless />
  const { email, organization, role, needs_password: needsPassword } = invitation.data
  const accept = async (fields: FormData) => {
    const password = fields.get('password')
    await call('POST', '/v1/invitations/accept', { body: { token, ...(needsPassword ? { password } : {}) } })
    setJoined(true)
  }
  return (
    <EntranceSheet title={`Join ${organization.name || organization.slug}`}>
      <Form submit="Join" onSubmit={accept}>
        <p>
          You are invited as <strong>{email}</strong>
          {role !== null && (
            <>
              , with the role <strong>{role}</strong>
            </>
          )}
          .
        </p>
        {needsPassword ? (
          <>
            {/* Password managers keep a password with the name that stands beside it. */}
            <input type="hidden" name="username" autoComplete="username" value={email} />
            <NewPasswordField label="Choose a password" />
          </>
        ) : (
          <p className="soft">You have an account already: join, and sign in with your password as ever.</p>
        )}
      </Form>
    </EntranceSheet>
  )
}

function Joined({ invitation: { organization } }: { readonly invitation: OpenInvitation }) {
  return (
    <EntranceSheet title="You are in">
      <div className="form">
        <Banner tone="good">You belong to {organization.name || organization.slug} now.</Banner>
        <Link to="/sign-in" className="button button-primary">
          Sign in
        </Link>
      </div>
    </EntranceSheet>
  )
}

function Worthless() {
  return (
    <EntranceSheet title="This link does not work">
      <div className="form" role="alert">
        <p>
          An invitation works once, for seven days, and may be taken back. Perhaps the link was not copied
          whole. Ask whoever invited you for another one.
        </p>
        <Link to="/sign-in" className="button button-plain">
          To the sign-in
        </Link>
      </div>
    </EntranceSheet>
  )
}
