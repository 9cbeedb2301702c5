import './severity.css'

/** From the least to the most; `security` is a level of its own that ranks highest. */
export const SEVERITY_NAMES = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'security'] as const

/** A severity by colour and by name. */
export function Severity({ name }: { readonly name: string }) {
  return (
    <span className={`severity severity-${name}`}>
      <span className="severity-dot" aria-hidden="true" />
      {name}
    </span>
  )
}
