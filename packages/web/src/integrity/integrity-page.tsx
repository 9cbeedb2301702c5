import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client.js'
import { may, useAudience, useMe } from '../api/me.js'
import { count, exactTime } from '../time/format.js'
import { useZone } from '../time/zone.js'
import { Loaded, NotPermitted } from '../ui/loaded.js'
import { Loading } from '../ui/loading.js'
import { Moment } from '../ui/moment.js'
import { Banner, ErrorNotice } from '../ui/notice.js'
import { Card, Sheet } from '../ui/sheet.js'
import { type LogState, loadLogState } from './log-state.js'
import { VerifyCard } from './verify-card.js'
import './integrity.css'

/** How the log stands, and whether it is what it was. */
export function IntegrityPage() {
  return (
    <Sheet
      title="Integrity"
      intro="Every entry is hashed together with the hash of the one before. Verifying computes all hashes anew from what the disk holds: one changed byte, one missing entry, and they no longer fit."
    >
      <Loaded from={useMe()}>
        {(me) =>
          may(me, 'entries.verify') ? (
            <LogIntegrity />
          ) : (
            <NotPermitted>Your role does not verify the log.</NotPermitted>
          )
        }
      </Loaded>
    </Sheet>
  )
}

function LogIntegrity() {
  const audience = useAudience()
  const zone = useZone()
  const log = useQuery({
    queryKey: ['log-state', audience],
    queryFn: ({ signal }) => loadLogState((path, query) => call('GET', path, { query, signal })),
    refetchInterval: 10_000,
  })
  if (log.data === undefined)
    return log.error === null ? (
      <Loading />
    ) : (
      <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />
    )
  return (
    <>
      <LogCard log={log.data} zone={zone} />
      <VerifyCard size={log.data.size} />
    </>
  )
}

function LogCard({ log, zone }: { readonly log: LogState; readonly zone: string }) {
  return (
    <Card title="The log">
      <dl className="integrity-facts">
        <div>
          <dt>Entries</dt>
          <dd className="numbers integrity-size">{count(log.size)}</dd>
        </div>
        {log.newest !== undefined && (
          <>
            <div>
              <dt>Newest entry</dt>
              <dd>
                {exactTime(log.newest.created_at, zone)} (
                <Moment time={log.newest.created_at} />)
              </dd>
            </div>
            <div>
              <dt>Its hash</dt>
              <dd className="mono">{log.newest.entry_hash}</dd>
            </div>
          </>
        )}
        {log.checkpoint !== undefined && (
          <>
            <div>
              <dt>Latest checkpoint</dt>
              <dd>
                {count(log.checkpoint.size)} entries, signed <Moment time={log.checkpoint.signed_at} />
              </dd>
            </div>
            <div>
              <dt>Its root</dt>
              <dd className="mono">{log.checkpoint.root}</dd>
            </div>
          </>
        )}
      </dl>
      {log.checkpoint?.frozen != null && (
        <Banner tone="danger">
          Signing has stopped: what is on disk does not extend what was signed before. Your operator has to
          look at it.
        </Banner>
      )}
      {log.checkpoint === undefined && (
        <Banner tone="plain">
          No checkpoint has been signed as yet. The hash chain is verified all the same.
        </Banner>
      )}
    </Card>
  )
}
