import { type InputHTMLAttributes, type ReactNode, useId } from 'react'
import './administration.css'

/** A box to be checked, with its label and what it means. */
export function CheckField({
  label,
  hint,
  ...input
}: {
  readonly label: ReactNode
  readonly hint?: ReactNode
} & Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'type'>) {
  const id = useId()
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...input}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="field-hint">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

/** Boxes that belong together. */
export function CheckGroup({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <fieldset className="check-group">
      <legend>{label}</legend>
      {children}
    </fieldset>
  )
}
