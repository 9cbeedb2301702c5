import { useId } from 'react'

/** A place to write code in. Tab leaves it, as it leaves every field; Ctrl and Enter runs. */
export function CodeArea({
  label,
  value,
  onChange,
  onRun,
  small = false,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
  readonly onRun: () => void
  readonly small?: boolean
}) {
  const id = useId()
  return (
    <div className={small ? 'code-area code-area-small' : 'code-area'}>
      <label className="console-label" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className="mono"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          onRun()
        }}
      />
    </div>
  )
}
