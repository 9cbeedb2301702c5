import type { NewKey } from '../api/administration.js'
import { Button } from '../ui/button.js'
import { Dialog } from '../ui/dialog.js'
import { Banner } from '../ui/notice.js'
import { CodeBlock, Secret } from '../ui/secret.js'

/** What proves a new key, shown this once. */
export function MadeKeyDialog({ made, onClose }: { readonly made: NewKey; readonly onClose: () => void }) {
  return (
    <Dialog
      title={`${made.name} is made`}
      onClose={onClose}
      wide
      foot={
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="form">
        <Banner tone="warning">
          Copy it now, to where your programs keep their secrets. It is not shown again; if it is lost, make
          another key.
        </Banner>
        <Secret label={made.secret === undefined ? 'Key' : 'Key, the public half'} value={made.token} />
        {made.secret !== undefined && <Secret label="Secret" value={made.secret} />}
        {made.secret === undefined && made.scopes.includes('audit:write') && (
          <CodeBlock label="Record an entry with it" code={recordLine(made.token)} />
        )}
      </div>
    </Dialog>
  )
}

/** The shortest request that records something. */
export function recordLine(token: string): string {
  return `curl ${location.origin}/v1/audit_log_entries \\
  -H "Authorization: Bearer ${token}" \\
  -H 'Content-Type: application/json' \\
  -d '{"action": "report.opened", "actor": {"type": "user", "id": "u_1", "label": "Ada"}}'`
}
