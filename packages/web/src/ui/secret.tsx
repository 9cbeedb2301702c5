import { Button } from './button.js'
import { copy } from './toast.js'
import './administration.css'

/** A text to be taken away: a token, a link. */
export function Secret({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="secret">
      <div className="secret-label">{label}</div>
      <div className="secret-line">
        <output className="secret-value mono" aria-label={label}>
          {value}
        </output>
        <Button icon="copy" onClick={() => void copy(value, label)}>
          Copy
        </Button>
      </div>
    </div>
  )
}

/** Lines to be copied as they are, such as commands. */
export function CodeBlock({ label, code }: { readonly label: string; readonly code: string }) {
  return (
    <div className="code-block">
      <section className="code-lines" aria-label={label} tabIndex={0}>
        <pre>
          <code>{code}</code>
        </pre>
      </section>
      <Button look="plain" small icon="copy" onClick={() => void copy(code, label)}>
        Copy
      </Button>
    </div>
  )
}
