import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react'
import './field.css'

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
}

/** A labelled line of text. */
export function TextField({
  label,
  hint,
  error,
  ...input
}: FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, 'id'>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-hint`}
        {...input}
      />
      <FieldNote id={`${id}-hint`} hint={hint} error={error} />
    </div>
  )
}

/** A labelled choice of a few. */
export function SelectField({
  label,
  hint,
  error,
  children,
  ...select
}: FieldProps & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" aria-describedby={`${id}-hint`} {...select}>
        {children}
      </select>
      <FieldNote id={`${id}-hint`} hint={hint} error={error} />
    </div>
  )
}

function FieldNote({
  id,
  hint,
  error,
}: {
  readonly id: string
  readonly hint: ReactNode
  readonly error: string | undefined
}) {
  return (
    <p id={id} className={error === undefined ? 'field-hint' : 'field-error'} role={error && 'alert'}>
      {error ?? hint}
    </p>
  )
}
