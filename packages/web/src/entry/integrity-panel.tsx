import { useState } from 'react'
import { ApiError, call, request } from '../api/client.js'
import { Button, IconButton } from '../ui/button.js'
import { Banner } from '../ui/notice.js'
import { saveFile } from '../ui/save-file.js'
import { copy, toast } from '../ui/toast.js'
import type { EntryWithChain } from './entry-drawer.js'
import { type EntryDisclosure, recomputedHash } from './recompute.js'

type Verdict =
  | { readonly kind: 'none' | 'busy' }
  | { readonly kind: 'same'; readonly sections: number; readonly redacted: number }
  | { readonly kind: 'other'; readonly computed: string }
  | { readonly kind: 'failed'; readonly why: string }

/** The entry's place in its log and its hashes; recomputes the hash here, from what the server discloses. */
export function IntegrityPanel({ entry }: { readonly entry: EntryWithChain }) {
  const [verdict, setVerdict] = useState<Verdict>({ kind: 'none' })
  const chain = entry._chain
  const verify = async () => {
    setVerdict({ kind: 'busy' })
    try {
      const disclosure = await call<EntryDisclosure>('GET', `/v1/audit_log_entries/${entry.id}/disclosure`)
      const computed = recomputedHash(disclosure)
      setVerdict(
        computed === chain.entry_hash && disclosure.id === entry.id
          ? {
              kind: 'same',
              sections: disclosure.sections.length,
              redacted: disclosure.sections.filter((section) => 'commitment' in section).length,
            }
          : { kind: 'other', computed },
      )
    } catch (error) {
      setVerdict({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
    }
  }
  return (
    <section className="entry-part">
      <div className="entry-part-head">
        <h3>Integrity</h3>
        <ReceiptButton id={entry.id} />
        <Button small icon="shield" disabled={verdict.kind === 'busy'} onClick={() => void verify()}>
          Verify in this browser
        </Button>
      </div>
      <dl>
        <HashLine name="Seq" value={String(entry.seq)} />
        <HashLine name="Entry hash" value={chain.entry_hash} />
        <HashLine name="Hash before" value={chain.prev_hash} />
      </dl>
      <div aria-live="polite">
        {verdict.kind === 'same' && verdict.redacted > 0 && (
          <Redacted sections={verdict.sections} redacted={verdict.redacted} />
        )}
        {verdict.kind === 'same' && verdict.redacted === 0 && (
          <Banner tone="good">
            <strong>Verified.</strong> This browser computed the very same hash from the {verdict.sections}{' '}
            sections of the entry, its place, its time and the hash before it. Nothing in it was changed.
          </Banner>
        )}
        {verdict.kind === 'other' && (
          <Banner tone="danger">
            <strong>FAILED.</strong> The content hashes to{' '}
            <span className="mono hash">{verdict.computed}</span>, which is not what the log says. Tell your
            operator, and verify the log on the Integrity page.
          </Banner>
        )}
        {verdict.kind === 'failed' && <Banner tone="warning">Not verified: {verdict.why}</Banner>}
      </div>
    </section>
  )
}

/** Neither verified nor failed: what was erased cannot be looked at any more, and nothing else was changed. */
function Redacted({ sections, redacted }: { readonly sections: number; readonly redacted: number }) {
  return (
    <Banner tone="plain">
      <strong>Redacted.</strong>{' '}
      {redacted === sections
        ? 'All that the entry said was erased, and only hashes of it are left. '
        : `${redacted} of ${sections} sections were erased, and only their hashes are left; the others are as they were recorded. `}
      From what is left this browser computed the very same hash: nothing else in it was changed.
    </Banner>
  )
}

/** A file that proves, without the server, that the entry is under a signed checkpoint; `counterfoil-verify` reads it. */
function ReceiptButton({ id }: { readonly id: string }) {
  const fetchReceipt = async () => {
    try {
      const response = await request('GET', `/v1/audit_log_entries/${id}/proof`)
      saveFile(await response.blob(), `entry-${id}.tlog-proof`)
    } catch (error) {
      toast(error instanceof ApiError ? (error.hint ?? error.message) : String(error))
    }
  }
  return (
    <Button small look="quiet" icon="download" onClick={() => void fetchReceipt()}>
      Receipt
    </Button>
  )
}

function HashLine({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className="mono hash">
        {value}
        <span className="fact-tools">
          <IconButton icon="copy" small label={`Copy: ${name}`} onClick={() => void copy(value, name)} />
        </span>
      </dd>
    </div>
  )
}
