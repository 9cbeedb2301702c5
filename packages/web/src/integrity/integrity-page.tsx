import { useQuery } from '@tanstack/react-query'
import type { ApiError } from '../api/client.js'
import { call } from '../api/client.js'
import { useAudience } from '../api/me.js'
import { count, exactTime } from '../time/format.js'
import { useZone } from '../time/zone.js'
import { Loading } from '../ui/loading.js'
import { Moment } from '../ui/moment.js'
import { Banner, ErrorNotice } from '../ui/notice.js'
import { Card, Sheet } from '../ui/sheet.js'
import { loadLogState } from './log-state.js'
import { VerifyCard } from './verify-card.js'
import './integrity.css'

/** How the log stands, and whether it is what it was. */
export function IntegrityPage() {
  const audience = useAudience()
  const zone = useZone()
  const log = useQuery({
    queryKey: ['log-state', audience],
    queryFn: ({ signal }) => loadLogState((path, query) => call('GET', path, { query, signal })),
    refetchInterval: 10_000,
  })
  return (
    <Sheet
      title="Integrity"
      intro="Every entry is hashed together with the hash of the one before. Verifying computes all hashes anew from what the disk holds: one changed byte, one missing entry, and they no longer fit."
    >
      {log.isPending && <Loading />}
      {log.error !== null && <ErrorNotice error={log.error as ApiError} onRetry={() => void log.refetch()} />}
      {log.data !== undefined && (
        <>
          <Card title="The log">
            <dl className="integrity-facts">
              <div>
                <dt>Entries</dt>
                <dd className="numbers integrity-size">{count(log.data.size)}</dd>
              </div>
              {log.data.newest !== undefined && (
                <>
                  <div>
                    <dt>Newest entry</dt>
                    <dd>
                      {exactTime(log.data.newest.created_at, zone)} (
                      <Moment time={log.data.newest.created_at} />)
                    </dd>
                  </div>
                  <div>
                    <dt>Its hash</dt>
                    <dd className="mono">{log.data.newest.entry_hash}</dd>
                  </div>
                </>
              )}
              {log.data.checkpoint !== undefined && (
                <>
                  <div>
                    <dt>Latest checkpoint</dt>
                    <dd>
                      {count(log.data.checkpoint.size)} entries, signed{' '}
                      <Moment time={log.data.checkpoint.signed_at} />
                    </dd>
                  </div>
                  <div>
                    <dt>Its root</dt>
                    <dd className="mono">{log.data.checkpoint.root}</dd>
                  </div>
                </>
              )}
            </dl>
            {log.data.checkpoint?.frozen != null && (
              <Banner tone="danger">
                Signing has stopped: what is on disk does not extend what was signed before. Your operator has
                to look at it.
              </Banner>
            )}
            {log.data.checkpoint === undefined && (
              <Banner tone="plain">
                No checkpoint has been signed as yet. The hash chain is verified all the same.
              </Banner>
            )}
          </Card>
          <VerifyCard size={log.data.size} />
        </>
      )}
    </Sheet>
  )
}
