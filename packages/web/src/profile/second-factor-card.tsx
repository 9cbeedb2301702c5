import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { SecondFactorOffer } from '../api/administration.js'
import { call } from '../api/client.js'
import type { Me } from '../api/me.js'
import { AuthenticatorOffer } from '../second-factor/authenticator-offer.js'
import { CodeField } from '../second-factor/code-field.js'
import { RecoveryCodes } from '../second-factor/recovery-codes.js'
import { Button } from '../ui/button.js'
import { Dialog } from '../ui/dialog.js'
import { TextField } from '../ui/field.js'
import { Form, FormDialog, optionalText, textOf } from '../ui/form.js'
import { Banner } from '../ui/notice.js'
import { Card } from '../ui/sheet.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { byProvider } from './by-provider.js'

const FEW_CODES = 3

export function SecondFactorCard({ me }: { readonly me: Me }) {
  const [open, setOpen] = useState<'enrol' | 'codes' | 'disable'>()
  const queries = useQueryClient()
  const close = () => {
    setOpen(undefined)
    void queries.invalidateQueries()
  }
  const state = me.second_factor
  if (me.session?.method === 'sso' || state === null) return <Card title="Second factor" intro={byProvider} />
  const left = state.recovery_codes_left
  return (
    <Card
      title="Second factor"
      intro={
        state.enabled
          ? 'Signing in asks for a code of your authenticator as well.'
          : 'A code of an authenticator app, asked for besides your password. Whoever gets to know your password still stays outside.'
      }
      actions={
        state.enabled ? (
          <div className="row-actions">
            <Button onClick={() => setOpen('codes')}>New recovery codes</Button>
            <Button onClick={() => setOpen('disable')}>Disable</Button>
          </div>
        ) : (
          <Button look="primary" onClick={() => setOpen('enrol')}>
            Set up
          </Button>
        )
      }
    >
      {state.enabled && (
        <p>
          <Tag tone="good">On</Tag> {left === 1 ? '1 recovery code is' : `${left} recovery codes are`} left.
        </p>
      )}
      {state.enabled && left <= FEW_CODES && (
        <Banner tone="warning">Make new recovery codes before you run out of them.</Banner>
      )}
      {open === 'enrol' && <EnrolDialog onClose={close} />}
      {open === 'codes' && <CodesDialog onClose={close} />}
      {open === 'disable' && <DisableDialog onClose={close} />}
    </Card>
  )
}

/** Password, then the authenticator, then the recovery codes. */
function EnrolDialog({ onClose }: { readonly onClose: () => void }) {
  const [offer, setOffer] = useState<SecondFactorOffer>()
  const [codes, setCodes] = useState<readonly string[]>()
  const ask = async (fields: FormData) => {
    const body = { password: fields.get('password') }
    setOffer(await call<SecondFactorOffer>('POST', '/v1/me/second_factor', { body }))
  }
  const confirm = async (fields: FormData) => {
    const body = { code: textOf(fields, 'code') }
    setCodes((await call<Codes>('POST', '/v1/me/second_factor/confirm', { body })).recovery_codes)
  }
  return (
    <Dialog title="Set up your second factor" onClose={onClose}>
      {codes !== undefined ? (
        <RecoveryCodes codes={codes} onKept={onClose} />
      ) : offer === undefined ? (
        <Form key="password" submit="Go on" onSubmit={ask}>
          <p>First your password, so that nobody else does this in a browser that you left open.</p>
          <OwnPasswordField />
        </Form>
      ) : (
        <Form key="code" submit="Confirm" onSubmit={confirm}>
          <AuthenticatorOffer offer={offer} />
          <CodeField />
        </Form>
      )}
    </Dialog>
  )
}

interface Codes {
  readonly recovery_codes: readonly string[]
}

function CodesDialog({ onClose }: { readonly onClose: () => void }) {
  const [codes, setCodes] = useState<readonly string[]>()
  const renew = async (fields: FormData) => {
    const answer = await call<Codes>('POST', '/v1/me/second_factor/recovery_codes', { body: proofOf(fields) })
    setCodes(answer.recovery_codes)
  }
  return (
    <Dialog title="New recovery codes" onClose={onClose}>
      {codes === undefined ? (
        <Form submit="Make new ones" onSubmit={renew}>
          <p>The codes that you have now end.</p>
          <OwnPasswordField />
          <CodeField />
        </Form>
      ) : (
        <RecoveryCodes codes={codes} onKept={onClose} />
      )}
    </Dialog>
  )
}

function DisableDialog({ onClose }: { readonly onClose: () => void }) {
  const disable = async (fields: FormData) => {
    await call('POST', '/v1/me/second_factor/disable', { body: proofOf(fields) })
    toast('Your second factor is off')
  }
  return (
    <FormDialog
      title="Disable your second factor?"
      submit="Disable"
      danger
      onSubmit={disable}
      onClose={onClose}
    >
      <p>From then on your password alone lets somebody in.</p>
      <OwnPasswordField />
      <CodeField label="Code of your authenticator" />
    </FormDialog>
  )
}

function OwnPasswordField() {
  return (
    <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
  )
}

function proofOf(fields: FormData): object {
  return { password: fields.get('password'), code: optionalText(fields, 'code') }
}
