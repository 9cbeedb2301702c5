import { linkTo, navigate } from '../router/location.js'
import { DEFAULT_RANGE } from '../time/ranges.js'
import { Button } from '../ui/button.js'
import { Notice } from '../ui/notice.js'
import { copy } from '../ui/toast.js'
import { type LogsState, search } from './logs-state.js'

/** No match, or nothing recorded as yet: what to do about it. What is recorded then appears by itself. */
export function NoEntries({ state: { query, range } }: { readonly state: LogsState }) {
  const isNarrowed = query !== '' || range.kind === 'absolute' || range.name !== 'all'
  if (!isNarrowed) return <FirstEntry />
  return (
    <Notice
      icon="search"
      title={query === '' ? 'Nothing was recorded in this time' : 'No entry matches'}
      actions={
        <>
          {query !== '' && <Button onClick={() => search({ query: '' })}>Clear the search</Button>}
          {query === '' || (range.kind === 'relative' && range.name === 'all') ? null : (
            <Button onClick={() => search({ range: { kind: 'relative', name: 'all' } })}>
              Search all time
            </Button>
          )}
          {query === '' && (
            <Button onClick={() => navigate(linkTo('/logs', { range: 'all' }))}>Show all time</Button>
          )}
          {query === '' && range !== DEFAULT_RANGE && (
            <Button onClick={() => search({ range: DEFAULT_RANGE })}>Last 30 days</Button>
          )}
        </>
      }
    >
      What is recorded meanwhile and matches appears here by itself.
    </Notice>
  )
}

function FirstEntry() {
  const line = [
    `curl ${location.origin}/v1/audit_log_entries \\`,
    `  -H "Authorization: Bearer $COUNTERFOIL_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"action":"order.created","actor":{"type":"user","id":"u_1","label":"Ada"}}'`,
  ].join('\n')
  return (
    <Notice
      icon="logs"
      title="Record a first entry"
      actions={
        <>
          <Button icon="copy" onClick={() => void copy(line, 'Command')}>
            Copy the command
          </Button>
          <Button look="primary" onClick={() => navigate(linkTo('/start'))}>
            Make a key for it
          </Button>
        </>
      }
    >
      <p>
        This log is empty. Send an entry with a key that has the scope audit:write; it appears here by itself.
      </p>
      <pre className="logs-first">{line}</pre>
    </Notice>
  )
}
