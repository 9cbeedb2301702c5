import { useState } from 'react'
import { Button } from '../ui/button.js'
import { CheckField } from '../ui/check.js'
import { Banner } from '../ui/notice.js'
import { copy } from '../ui/toast.js'
import './second-factor.css'

/** Recovery codes, shown once: who goes on says that they are kept. */
export function RecoveryCodes({
  codes,
  onKept,
}: {
  readonly codes: readonly string[]
  readonly onKept: () => void
}) {
  const [kept, setKept] = useState(false)
  return (
    <div className="form">
      <Banner tone="warning">
        Keep these recovery codes where you keep your passwords. They are not shown again. Each lets you in
        once, should you lose your authenticator.
      </Banner>
      <ul className="recovery-codes mono" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="form-foot">
        <Button icon="copy" onClick={() => void copy(codes.join('\n'), 'Recovery codes')}>
          Copy all
        </Button>
        <Button icon="download" onClick={() => download(codes)}>
          Download
        </Button>
      </div>
      <CheckField
        label="I have kept the codes"
        checked={kept}
        onChange={(event) => setKept(event.target.checked)}
      />
      <div className="form-foot">
        <Button look="primary" disabled={!kept} onClick={onKept}>
          Go on
        </Button>
      </div>
    </div>
  )
}

function download(codes: readonly string[]): void {
  const file = new Blob([`Recovery codes of Counterfoil. Each works once.\n\n${codes.join('\n')}\n`], {
    type: 'text/plain',
  })
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = 'counterfoil-recovery-codes.txt'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
