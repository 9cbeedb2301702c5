import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { ApiError } from '../api/client.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { withoutKey } from '../query/query-text.js'
import { counted, dateTime } from '../time/format.js'
import { boundsOf, rangeLabel, scaled, shifted } from '../time/ranges.js'
import { useZone } from '../time/zone.js'
import { Button } from '../ui/button.js'
import { Icon } from '../ui/icon.js'
import { Banner, ErrorNotice, Notice } from '../ui/notice.js'
import { copy } from '../ui/toast.js'
import { NARROW, useMedia } from '../ui/use-media.js'
import { usePrinting } from '../ui/use-printing.js'
import { cardHeight } from './card-lines.js'
import { momentOfFirstRequest } from './first-request.js'
import { JumpToTime } from './jump-to-time.js'
import { HEAD_PX, LogGrid, ROW_PX } from './log-grid.js'
import { type LogsState, openEntry, search, showLive, useLogsState } from './logs-state.js'
import { Pager } from './pager.js'
import { PrintHead } from './print-head.js'
import { printedRows } from './printed-rows.js'
import { BLOCK, type LogSelection, selectionOf } from './selection.js'
import { SeverityTiles } from './severity-tiles.js'
import { Toolbar } from './toolbar.js'
import { RECORDED_BY_SERVICES, UnusedLog, useIsUnused } from './unused-log.js'
import { type Activity, useActivity } from './use-histogram.js'
import { type LogView, type SeenRanks, useLog } from './use-log.js'
import { useNewer } from './use-newer.js'
import { usePlace } from './use-place.js'
import { type Scroller, useScroller } from './use-scroller.js'
import './logs-page.css'
import './print.css'

const loadHistogram = async () => ({ default: (await import('./histogram.js')).Histogram })
const Histogram = lazy(loadHistogram)
const FacetPanel = lazy(async () => ({ default: (await import('./facet-panel.js')).FacetPanel }))
const NoEntries = lazy(async () => ({ default: (await import('./no-entries.js')).NoEntries }))
const EntryDrawer = lazy(async () => ({ default: (await import('../entry/entry-drawer.js')).EntryDrawer }))

/** The log: search, time, activity, and the list of what was found. */
export function LogsPage() {
  const state = useLogsState()
  const zone = useZone()
  const [now, setNow] = useState(momentOfFirstRequest)
  const selection = useSelection(state, now, zone)
  const [seen, setSeen] = useState<SeenRanks>([0, 0])
  const view = useLog(selection, seen)
  const activity = useActivity(selection, now)
  // What a tile would find if it were pressed: counted as if none was.
  const bySeverity = useActivity(useWithoutSeverity(selection), now).data?.bySeverity
  const refresh = () => {
    setNow(Date.now())
    view.refresh()
  }
  useLogsShortcuts(state, now, zone)
  return (
    <div className="logs">
      <h1 className="spoken">Logs</h1>
      <Toolbar state={state} view={view} selection={selection} now={now} zone={zone} onRefresh={refresh} />
      {view.error === null && (
        <Overview
          state={state}
          view={view}
          activity={activity.data}
          bySeverity={bySeverity}
          isActivityAway={activity.error !== null}
          zone={zone}
          now={now}
        />
      )}
      <div className="logs-body">
        {state.showsFacets && (
          <Suspense>
            <FacetPanel selection={selection} />
          </Suspense>
        )}
        <ListAndEntry
          state={state}
          view={view}
          selection={selection}
          now={now}
          zone={zone}
          onSeen={setSeen}
        />
      </div>
    </div>
  )
}

interface ListAndEntryProps {
  readonly state: LogsState
  readonly view: LogView
  readonly selection: LogSelection
  readonly now: number
  readonly zone: string
  readonly onSeen: (ranks: SeenRanks) => void
}

/** What changes with every frame while somebody scrolls, apart from everything that does not. */
function ListAndEntry({ state, view, selection, now, zone, onSeen }: ListAndEntryProps) {
  const isNarrow = useMedia(NARROW)
  const shown = shownRanks(state, view.total ?? 0)
  const scroller = useScroller(
    shown.rowCount,
    isNarrow ? cardHeight(state.columns) : ROW_PX,
    isNarrow ? 0 : HEAD_PX,
  )
  const firstBlock = Math.floor((shown.firstRank + scroller.first) / BLOCK)
  const lastBlock = Math.floor((shown.firstRank + scroller.last) / BLOCK)
  useEffect(
    () => onSeen([firstBlock * BLOCK, lastBlock * BLOCK + BLOCK - 1]),
    [firstBlock, lastBlock, onSeen],
  )
  useBackToTop(scroller, selection, now, state.page)
  useListShortcuts(state.openId, scroller)
  const isUnused = useIsUnused(state, view)
  const newer = useLive(state, selection, view, scroller, isUnused)
  const jump = usePlace({ state, selection, view, firstRank: shown.firstRank, scroller })
  return (
    <>
      <List
        state={state}
        selection={selection}
        view={view}
        scroller={scroller}
        window={shown}
        zone={zone}
        newer={newer}
        isUnused={isUnused}
        onJump={jump}
      />
      {state.openId !== undefined && (
        <Suspense>
          <EntryDrawer
            id={state.openId}
            zone={zone}
            query={state.query}
            onStep={(by) => step(view, shown, scroller, state.openId, by)}
          />
        </Suspense>
      )}
    </>
  )
}

/** Which of all matches the list shows: all of them, or a page. */
interface ShownRanks {
  readonly firstRank: number
  readonly rowCount: number
}

function shownRanks({ pageSize, page }: LogsState, total: number): ShownRanks {
  if (pageSize === undefined) return { firstRank: 0, rowCount: total }
  const firstRank = (page - 1) * pageSize
  return { firstRank, rowCount: Math.max(0, Math.min(pageSize, total - firstRank)) }
}

/** Opens the entry before or after the one that is open, as far as it is known where that is. */
function step(
  view: LogView,
  { firstRank, rowCount }: ShownRanks,
  scroller: Scroller,
  openId: string | undefined,
  by: 1 | -1,
): void {
  for (let row = Math.max(0, scroller.first - 1); row <= Math.min(rowCount - 1, scroller.last + 1); row++) {
    if (view.entryAt(firstRank + row)?.id !== openId) continue
    const id = row + by < 0 ? undefined : view.entryAt(firstRank + row + by)?.id
    if (id === undefined) return
    scroller.reveal(row + by)
    openEntry(id, true)
    return
  }
}

/** How many matches there are that the list does not show. Asked while it is live, and while there is none. */
function useLive(
  state: LogsState,
  selection: LogSelection,
  view: LogView,
  scroller: Scroller,
  isUnused: boolean,
): number {
  const isEmpty = view.total === 0 || isUnused
  const isAsked = (state.isLive || isEmpty) && !view.isStale && !view.isLoading
  const asked = isUnused ? { ...selection, query: RECORDED_BY_SERVICES } : selection
  const newer = useNewer(asked, view.newestAt, isAsked)
  // Somebody who looks at the top sees what comes; what somebody reads further down stays where it is.
  const isFollowed = isEmpty || (state.isLive && scroller.isAtTop && state.openId === undefined)
  const { refresh } = view
  useEffect(() => {
    if (newer > 0 && isFollowed) refresh()
  }, [newer, isFollowed, refresh])
  return newer
}

interface ListProps {
  readonly state: LogsState
  readonly selection: LogSelection
  readonly view: LogView
  readonly scroller: Scroller
  readonly window: ShownRanks
  readonly zone: string
  readonly newer: number
  /** Nothing but Counterfoil's own entries is there. */
  readonly isUnused: boolean
  readonly onJump: (at: string) => void
}

function List({ state, selection, view, scroller, window, zone, newer, isUnused, onJump }: ListProps) {
  const isEmpty = view.total === 0
  const isPrinting = usePrinting()
  return (
    <section className="logs-list" aria-label="List">
      {isPrinting && view.total !== undefined && !isEmpty && (
        <PrintHead
          {...selection}
          zone={zone}
          total={view.total}
          firstRank={window.firstRank}
          rows={printedRows(view, window.firstRank, window.rowCount, scroller.topRow)}
        />
      )}
      {isUnused && <UnusedLog />}
      {view.error !== null ? (
        <NoList error={view.error} onRetry={view.refresh} />
      ) : isEmpty && !view.isStale ? (
        <Suspense>
          <NoEntries state={state} />
        </Suspense>
      ) : (
        <LogGrid {...state} view={view} scroller={scroller} {...window} zone={zone} />
      )}
      {newer > 0 && !isEmpty && (
        <NewEntries
          count={newer}
          onShow={() => {
            view.refresh()
            scroller.toTop()
          }}
        />
      )}
      {!isEmpty && view.total !== undefined && (
        <Pager total={view.total} pageSize={state.pageSize} page={state.page}>
          <JumpToTime
            zone={zone}
            topAt={view.entryAt(window.firstRank + scroller.topRow)?.created_at}
            onJump={onJump}
          />
        </Pager>
      )}
    </section>
  )
}

function NoList({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  if (!(error instanceof ApiError) || error.code !== 'invalid_search')
    return <ErrorNotice error={error} onRetry={onRetry} />
  return (
    <Notice
      icon="search"
      title={error.message}
      actions={<Button onClick={() => search({ query: '' })}>Clear the search</Button>}
    >
      {error.hint}
    </Notice>
  )
}

function useSelection({ query, range, order }: LogsState, now: number, zone: string): LogSelection {
  const { from, to } = selectionOf({ query, range, order }, now, zone)
  // The same one as long as it says the same: the list goes back to its top with another one.
  return useMemo(
    () => ({
      query,
      order,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }),
    [query, order, from, to],
  )
}

function useWithoutSeverity(selection: LogSelection): LogSelection {
  return useMemo(() => ({ ...selection, query: withoutKey(selection.query, 'severity') }), [selection])
}

/** Another search or page, and one that was loaded anew, is looked at from its beginning. */
function useBackToTop({ toTop }: Scroller, selection: LogSelection, now: number, page: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is another one then, not when the scroller is.
  useEffect(() => toTop(), [selection, now, page])
}

function useLogsShortcuts(state: LogsState, now: number, zone: string): void {
  const bounds = boundsOf(state.range, now, zone)
  const go = (range: ReturnType<typeof shifted>) => range !== undefined && search({ range })
  useShortcuts({
    '[': () => go(shifted(bounds, now, -1)),
    ']': () => go(shifted(bounds, now, 1)),
    '+': () => go(scaled(bounds, now, 0.5)),
    '-': () => go(scaled(bounds, now, 2)),
    l: () => showLive(!state.isLive),
    c: () => void copy(location.href, 'Link'),
  })
}

/** From anywhere on the page into the list; in an entry, the same keys go from one to the next. */
function useListShortcuts(openId: string | undefined, { ref }: Scroller): void {
  const toList = () => ref.current?.focus()
  useShortcuts(openId === undefined ? { j: toList, k: toList } : {})
}

interface OverviewProps {
  readonly state: LogsState
  readonly view: LogView
  readonly activity: Activity | undefined
  readonly bySeverity: Activity['bySeverity'] | undefined
  readonly isActivityAway: boolean
  readonly zone: string
  readonly now: number
}

function Overview({ state, view, activity, bySeverity, isActivityAway, zone, now }: OverviewProps) {
  const label = rangeLabel(state.range, zone)
  useEffect(() => {
    // While what it shows is on its way.
    loadHistogram().catch(() => undefined)
  }, [])
  return (
    <div className="logs-overview">
      {activity === undefined ? (
        <div className="histogram-room soft">
          {isActivityAway && 'No activity can be counted at the moment.'}
        </div>
      ) : (
        <Suspense fallback={<div className="histogram-room" />}>
          <Histogram activity={activity} zone={zone} />
        </Suspense>
      )}
      <div className="logs-counts">
        <p className="logs-count" role="status">
          {view.total === undefined ? (
            <span className="soft">Searching…</span>
          ) : (
            <>
              <strong className="numbers">{counted(view.total, 'entry', 'entries')}</strong>
              <span className="spoken"> in {label}</span>
            </>
          )}
        </p>
        <SeverityTiles query={state.query} counts={bySeverity} />
      </div>
      {view.partial !== undefined && (
        <Banner tone="warning">
          {view.partial.covered_from_seq === undefined
            ? 'The search index is catching up: the newest entries may be missing. '
            : 'The search index is away. Only the newest entries were looked through; older matches are not shown. '}
          Nothing is lost. Looked at {dateTime(now, zone).slice(11)}.
        </Banner>
      )}
    </div>
  )
}

/** Tells that there is more, and leaves what somebody reads where it is. */
function NewEntries({ count: total, onShow }: { readonly count: number; readonly onShow: () => void }) {
  return (
    <div className="logs-newer" role="status">
      <Button look="primary" small onClick={onShow}>
        <Icon name="up" size={12} />
        {counted(total, 'new entry', 'new entries')}
      </Button>
    </div>
  )
}
