import { useEffect, useState } from 'react'
import type { SecondFactorOffer } from '../api/administration.js'
import { call } from '../api/client.js'
import { AuthenticatorOffer } from '../second-factor/authenticator-offer.js'
import { CodeField } from '../second-factor/code-field.js'
import { RecoveryCodes } from '../second-factor/recovery-codes.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { errorText, Form, textOf } from '../ui/form.js'
import { Loading } from '../ui/loading.js'
import { Banner } from '../ui/notice.js'
import type { PendingSignIn } from './password-form.js'

interface StepProps {
  readonly pending: PendingSignIn
  readonly onSignedIn: () => void
  /** Begins again with e-mail address and password. */
  readonly onBack: () => void
}

/** What comes after the password: a code, or enrolling where the organization asks for a second factor. */
export function SecondStep(props: StepProps) {
  return props.pending.next === 'enrol' ? <EnrolStep {...props} /> : <CodeStep {...props} />
}

function CodeStep({ pending, onSignedIn, onBack }: StepProps) {
  const [byRecoveryCode, setByRecoveryCode] = useState(false)
  const send = async (fields: FormData) => {
    const proof = byRecoveryCode
      ? { recovery_code: textOf(fields, 'recovery_code') }
      : { code: textOf(fields, 'code') }
    await takeStep(pending, proof)
    onSignedIn()
  }
  return (
    <Form
      submit="Sign in"
      onSubmit={send}
      beside={
        <Button look="quiet" onClick={onBack}>
          Begin again
        </Button>
      }
    >
      {byRecoveryCode ? (
        <TextField
          key="recovery"
          label="Recovery code"
          name="recovery_code"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          hint="One of the ten that you were given. Each works once."
        />
      ) : (
        <CodeField key="code" />
      )}
      <button type="button" className="link-button" onClick={() => setByRecoveryCode(!byRecoveryCode)}>
        {byRecoveryCode ? 'Use the authenticator instead' : 'Use a recovery code instead'}
      </button>
    </Form>
  )
}

function EnrolStep({ pending, onSignedIn, onBack }: StepProps) {
  const [offer, setOffer] = useState<SecondFactorOffer>()
  const [problem, setProblem] = useState<string>()
  const [codes, setCodes] = useState<readonly string[]>()
  useEffect(() => {
    const body = { pending_token: pending.pending_token }
    call<SecondFactorOffer>('POST', '/v1/sessions/second_factor/enrol', { body }).then(
      setOffer,
      (error: unknown) => setProblem(errorText(error)),
    )
  }, [pending])
  if (codes !== undefined) return <RecoveryCodes codes={codes} onKept={onSignedIn} />
  if (problem !== undefined) {
    return (
      <>
        <Banner tone="danger">{problem}</Banner>
        <p className="form-foot">
          <Button onClick={onBack}>Begin again</Button>
        </p>
      </>
    )
  }
  if (offer === undefined) return <Loading />
  const confirm = async (fields: FormData) => {
    const { recovery_codes: made } = await takeStep(pending, { code: textOf(fields, 'code') })
    if (made === undefined) onSignedIn()
    else setCodes(made)
  }
  return (
    <Form
      submit="Confirm and sign in"
      onSubmit={confirm}
      beside={
        <Button look="quiet" onClick={onBack}>
          Begin again
        </Button>
      }
    >
      <p>Your organization asks everybody for a second factor. Set yours up now; it takes a minute.</p>
      <AuthenticatorOffer offer={offer} />
      <CodeField />
    </Form>
  )
}

function takeStep(
  pending: PendingSignIn,
  proof: object,
): Promise<{ readonly recovery_codes?: readonly string[] }> {
  const body = { pending_token: pending.pending_token, ...proof }
  return call('POST', '/v1/sessions/second_factor', { body })
}
