import { useQuery } from '@tanstack/react-query'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { type ApiError, call } from '../api/client.js'
import type { Entry } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { closeEntry } from '../logs/logs-state.js'
import { Severity } from '../logs/severity.js'
import { timeAgo } from '../time/format.js'
import { Button, IconButton } from '../ui/button.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice, Notice } from '../ui/notice.js'
import { copy } from '../ui/toast.js'
import { ChangeView } from './change-view.js'
import { ErasedPart } from './erased-part.js'
import { FactList } from './fact-list.js'
import { factsOf } from './facts.js'
import { IntegrityPanel } from './integrity-panel.js'
import { JsonTree } from './json-tree.js'
import { Related } from './related.js'
import { sentenceOf } from './sentence.js'
import './entry-drawer.css'

/** An entry with its changes and hashes. */
export interface EntryWithChain extends Entry {
  readonly before_state: unknown
  readonly after_state: unknown
  readonly diff: unknown
  readonly _chain: { readonly prev_hash: string; readonly entry_hash: string }
}

interface EntryDrawerProps {
  readonly id: string
  readonly zone: string
  /** Of the list beside it, which fields add to. */
  readonly query: string
  /** Goes to the entry before or after in the list. */
  readonly onStep: (by: 1 | -1) => void
}

/** One entry, beside the list that it was found in. */
export function EntryDrawer({ id, zone, query, onStep }: EntryDrawerProps) {
  const audience = useAudience()
  const drawer = useRef<HTMLElement>(null)
  const entry = useQuery<EntryWithChain, ApiError>({
    queryKey: ['entry', audience, id],
    queryFn: ({ signal }) =>
      call('GET', `/v1/audit_log_entries/${encodeURIComponent(id)}`, {
        query: { 'expand[]': ['actor', 'diff', 'chain'] },
        signal,
      }),
    // An entry never changes.
    staleTime: Number.POSITIVE_INFINITY,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another entry begins at its top.
  useEffect(() => {
    drawer.current?.scrollTo({ top: 0 })
  }, [id])
  useLayoutEffect(() => {
    const element = drawer.current
    return () => {
      // Who closes it by its button goes on in the list.
      if (element?.contains(document.activeElement) === true)
        document.querySelector<HTMLElement>('[role=grid]')?.focus()
    }
  }, [])
  useShortcuts({
    j: () => onStep(1),
    k: () => onStep(-1),
  })
  useEffect(() => {
    const closing = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (document.querySelector('dialog[open], :popover-open') === null) closeEntry()
    }
    document.addEventListener('keydown', closing)
    return () => document.removeEventListener('keydown', closing)
  }, [])
  return (
    <aside ref={drawer} className="drawer" aria-label="Entry" tabIndex={-1}>
      <header className="drawer-head">
        <IconButton icon="up" label="Entry before (k)" small onClick={() => onStep(-1)} />
        <IconButton icon="down" label="Entry after (j)" small onClick={() => onStep(1)} />
        <span className="drawer-space" />
        <Button small look="quiet" icon="link" onClick={() => void copy(location.href, 'Link')}>
          Link
        </Button>
        {entry.data !== undefined && <CopyButtons entry={entry.data} />}
        <IconButton icon="close" label="Close (Esc)" small onClick={closeEntry} />
      </header>
      {entry.isPending && <Loading />}
      {entry.error !== null &&
        (entry.error.status === 404 ? (
          <Notice icon="search" title="There is no such entry in this log">
            Check the id, the organization and whether the log is live or test.
          </Notice>
        ) : (
          <ErrorNotice error={entry.error} onRetry={() => void entry.refetch()} />
        ))}
      {entry.data !== undefined && <EntryContent key={id} entry={entry.data} zone={zone} query={query} />}
    </aside>
  )
}

function EntryContent({
  entry,
  zone,
  query,
}: {
  readonly entry: EntryWithChain
  readonly zone: string
  readonly query: string
}) {
  const { before_state: before, after_state: after, diff, metadata, severity, outcome } = entry
  return (
    <div className="drawer-content">
      <div>
        <h2 className="drawer-sentence">{sentenceOf(entry)}</h2>
        <p className="drawer-sub">
          {severity !== null && <Severity name={severity} />}
          {outcome !== null && outcome !== 'success' && (
            <span className={`outcome outcome-${outcome}`}>{outcome}</span>
          )}
          {entry.action !== null && <span className="mono">{entry.action}</span>}
          <span className="soft">{timeAgo(Date.parse(entry.created_at), Date.now())}</span>
        </p>
      </div>
      <ErasedPart entry={entry} zone={zone} />
      {(before !== null || after !== null) && <ChangeView before={before} after={after} />}
      {before === null && after === null && diff !== null && <JsonTree title="Diff" value={diff} />}
      <FactList groups={factsOf(entry, zone)} query={query} />
      {Object.keys(metadata).length > 0 && <JsonTree title="Metadata" value={metadata} />}
      {entry.operation?.variables !== undefined && (
        <JsonTree title="Variables" value={entry.operation.variables} />
      )}
      <Related entry={entry} zone={zone} />
      <IntegrityPanel entry={entry} />
    </div>
  )
}

function CopyButtons({ entry }: { readonly entry: EntryWithChain }) {
  const curl = [
    `curl '${location.origin}/v1/audit_log_entries/${entry.id}?expand[]=actor&expand[]=diff&expand[]=chain' -g \\`,
    `  -H "Authorization: Bearer $COUNTERFOIL_KEY"`,
  ].join('\n')
  return (
    <>
      <Button
        small
        look="quiet"
        icon="copy"
        onClick={() => void copy(JSON.stringify(entry, null, 2), 'JSON')}
      >
        JSON
      </Button>
      <Button small look="quiet" icon="code" onClick={() => void copy(curl, 'curl')}>
        curl
      </Button>
    </>
  )
}
