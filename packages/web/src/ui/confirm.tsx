import { type ReactNode, useState } from 'react'
import { Button } from './button.js'
import { FormDialog } from './form.js'
import type { IconName } from './icon.js'

interface ConfirmButtonProps {
  readonly label: string
  readonly icon?: IconName
  /** Names what it is about, for those who cannot see the row that it stands in. */
  readonly about: string
  /** What is asked, such as "Revoke this key?". */
  readonly question: string
  /** What happens then. */
  readonly children: ReactNode
  readonly onConfirm: () => Promise<void>
}

/** A button for what cannot be undone: it asks first. */
export function ConfirmButton({ label, icon, about, question, children, onConfirm }: ConfirmButtonProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        look="quiet"
        small
        {...(icon === undefined ? {} : { icon })}
        aria-label={`${label} ${about}`}
        onClick={() => setOpen(true)}
      >
        {label}
      </Button>
      {open && (
        <FormDialog
          title={question}
          submit={label}
          danger
          onClose={() => setOpen(false)}
          onSubmit={onConfirm}
        >
          <p>{children}</p>
        </FormDialog>
      )}
    </>
  )
}
