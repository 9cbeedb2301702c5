import { useQueryClient } from '@tanstack/react-query'
import { navigate, useLocation } from '../router/location.js'
import { Brand } from '../shell/brand.js'
import { Tabs } from '../ui/tabs.js'
import { KeyForm } from './key-form.js'
import { PasswordForm } from './password-form.js'
import './sign-in.css'

export function SignInPage() {
  const { params } = useLocation()
  const queries = useQueryClient()
  const goOn = () => {
    queries.clear()
    navigate(safeReturn(params.get('return_to')), { replace: true })
  }
  return (
    <main className="sign-in">
      <div className="sign-in-sheet">
        <div className="sign-in-brand">
          <Brand />
          <h1>Sign in to Counterfoil</h1>
        </div>
        <Tabs
          label="Ways to sign in"
          tabs={[
            { id: 'password', label: 'E-mail', content: () => <PasswordForm onSignedIn={goOn} /> },
            { id: 'key', label: 'API key', content: () => <KeyForm onSignedIn={goOn} /> },
          ]}
        />
      </div>
    </main>
  )
}

/** A path of this page and nothing else: a link must not lead to another site after signing in. */
function safeReturn(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/logs'
}
