import { may, useMe } from '../api/me.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { Banner } from '../ui/notice.js'
import type { LogsState } from './logs-state.js'
import { BLOCK } from './selection.js'
import type { LogView } from './use-log.js'

/** Finds what services have recorded, and nothing that Counterfoil records of itself. */
export const RECORDED_BY_SERVICES = '-source:counterfoil'

/** Whether nobody has recorded anything yet: all that there is tells of the organization and its people. */
export function useIsUnused({ query }: LogsState, { total = 0, isStale, entryAt }: LogView): boolean {
  // Others are not shown what services record.
  const isShownAll = may(useMe().data, 'entries.read')
  if (!isShownAll || query !== '' || isStale || total === 0 || total > BLOCK) return false
  return Array.from({ length: total }, (_, rank) => entryAt(rank)).every(
    (entry) => entry?.source?.name === 'counterfoil',
  )
}

/** What to do next in a log that holds nothing but its own beginnings. */
export function UnusedLog() {
  const me = useMe().data
  return (
    <div className="logs-unused">
      <Banner tone="plain">
        Nothing was recorded by your services yet; these entries tell of your organization itself.{' '}
        {may(me, 'entries.record') && <Link to={linkTo('/start')}>Record your first entry</Link>}
      </Banner>
    </div>
  )
}
