import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { navigate, useLocation } from '../router/location.js'
import { Banner } from '../ui/notice.js'
import { Tabs } from '../ui/tabs.js'
import { EntranceSheet } from './entrance-sheet.js'
import { KeyForm } from './key-form.js'
import { PasswordForm, type PendingSignIn } from './password-form.js'
import { SecondStep } from './second-step.js'
import { signInProblem } from './sign-in-problem.js'
import { SsoForm } from './sso-form.js'

export function SignInPage() {
  const { params } = useLocation()
  const queries = useQueryClient()
  const [pending, setPending] = useState<PendingSignIn>()
  const returnTo = safeReturn(params.get('return_to'))
  const goOn = () => {
    queries.clear()
    navigate(returnTo, { replace: true })
  }
  if (pending !== undefined) {
    return (
      <EntranceSheet title={pending.next === 'enrol' ? 'Set up your second factor' : 'Your second factor'}>
        <SecondStep pending={pending} onSignedIn={goOn} onBack={() => setPending(undefined)} />
      </EntranceSheet>
    )
  }
  const problem = signInProblem(params)
  return (
    <EntranceSheet title="Sign in to Counterfoil">
      {problem !== undefined && (
        <div role="alert" className="sign-in-problem">
          <Banner tone="danger">
            {problem}
            {params.get('request_id') !== null && <div className="mono soft">{params.get('request_id')}</div>}
          </Banner>
        </div>
      )}
      <Tabs
        label="Ways to sign in"
        initial={problem === undefined ? undefined : 'sso'}
        tabs={[
          {
            id: 'password',
            label: 'E-mail',
            content: () => <PasswordForm onSignedIn={goOn} onPending={setPending} returnTo={returnTo} />,
          },
          {
            id: 'sso',
            label: 'Single sign-on',
            content: () => <SsoForm slug={params.get('sso')} returnTo={returnTo} />,
          },
          { id: 'key', label: 'API key', content: () => <KeyForm onSignedIn={goOn} /> },
        ]}
      />
    </EntranceSheet>
  )
}

/** A path of this page and nothing else: a link must not lead to another site after signing in. */
function safeReturn(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/logs'
}
