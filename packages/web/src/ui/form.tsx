import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { ApiError } from '../api/client.js'
import { Button } from './button.js'
import { Dialog } from './dialog.js'
import { Banner } from './notice.js'
import './administration.css'

/** What a failure says, in one or two sentences. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error)
  const { message, hint } = error
  return hint === undefined || hint === message ? message : `${message} ${hint}`
}

/** Sends the fields of a form; says why when that failed. */
function useSubmission(onSubmit: (fields: FormData) => Promise<void>) {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    try {
      await onSubmit(new FormData(event.currentTarget))
    } catch (error) {
      setProblem(errorText(error))
    } finally {
      setBusy(false)
    }
  }
  return { problem, busy, submit: (event: FormEvent<HTMLFormElement>) => void submit(event) }
}

interface FormProps {
  /** Resolves when it is done; what it throws is shown. */
  readonly onSubmit: (fields: FormData) => Promise<void>
  /** What the button says. */
  readonly submit: string
  readonly children: ReactNode
  /** Beside the button. */
  readonly beside?: ReactNode
}

/** Fields and a button that sends them. */
export function Form({ onSubmit, submit: label, children, beside }: FormProps) {
  const { problem, busy, submit } = useSubmission(onSubmit)
  return (
    <form className="form" onSubmit={submit}>
      {children}
      {problem !== undefined && <Problem text={problem} />}
      <div className="form-foot">
        <Button look="primary" type="submit" disabled={busy}>
          {busy ? 'One moment…' : label}
        </Button>
        {beside}
      </div>
    </form>
  )
}

/** The same in a dialog, which closes when it is done. */
export function FormDialog({
  title,
  onSubmit,
  onClose,
  submit: label,
  danger = false,
  wide = false,
  children,
}: FormProps & {
  readonly title: string
  readonly onClose: () => void
  /** For what cannot be undone. */
  readonly danger?: boolean
  readonly wide?: boolean
}) {
  const id = useId()
  const { problem, busy, submit } = useSubmission(async (fields) => {
    await onSubmit(fields)
    onClose()
  })
  const foot = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button look={danger ? 'danger' : 'primary'} type="submit" form={id} disabled={busy}>
        {busy ? 'One moment…' : label}
      </Button>
    </>
  )
  return (
    <Dialog title={title} onClose={onClose} foot={foot} wide={wide}>
      <form id={id} className="form" onSubmit={submit}>
        {children}
        {problem !== undefined && <Problem text={problem} />}
      </form>
    </Dialog>
  )
}

function Problem({ text }: { readonly text: string }) {
  return (
    <div role="alert">
      <Banner tone="danger">{text}</Banner>
    </div>
  )
}

/** A field's text, without the white space around it. */
export function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim()
}

/** What was typed, or undefined for nothing: left out of a request. */
export function optionalText(fields: FormData, name: string): string | undefined {
  return textOf(fields, name) || undefined
}
