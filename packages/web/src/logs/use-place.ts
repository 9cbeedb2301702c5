import { useCallback, useEffect, useRef } from 'react'
import { listEntries } from '../api/entries.js'
import { exactIso, microsLater } from '../time/micros.js'
import { toast } from '../ui/toast.js'
import { type LogsState, showPlace } from './logs-state.js'
import { type LogSelection, selectionQuery } from './selection.js'
import type { LogView } from './use-log.js'
import type { Scroller } from './use-scroller.js'

const SETTLED_MS = 400

interface Place {
  readonly state: LogsState
  readonly selection: LogSelection
  readonly view: LogView
  /** The rank of the first row that the list shows. */
  readonly firstRank: number
  readonly scroller: Scroller
}

/**
 * Keeps in the address what is at the top of the list, by its time: more may be recorded before somebody follows a link,
 * and ranks change then. Goes there when the address says so. Gives what jumps to a time.
 */
export function usePlace({ state, selection, view, firstRank, scroller }: Place): (at: string) => void {
  const { at, pageSize, page } = state
  const isReady = view.total !== undefined && !view.isStale
  /** The place that the list has or has had: not one to go to. */
  const known = useRef<string>(undefined)
  const takesFocus = useRef(false)
  const latest = useRef({ firstRank, scroller })
  latest.current = { firstRank, scroller }
  const { newestAt } = view

  useEffect(() => {
    if (at === undefined) known.current = undefined
    if (!isReady || at === undefined || at === known.current) return
    const controller = new AbortController()
    const go = (rank: number) => {
      const wantedPage = pageSize === undefined ? page : Math.floor(rank / pageSize) + 1
      if (wantedPage !== page) return showPlace(at, wantedPage, false)
      known.current = at
      const { scroller, firstRank } = latest.current
      scroller.toRow(rank - firstRank)
      if (takesFocus.current) scroller.ref.current?.focus()
      takesFocus.current = false
    }
    rankAt(at, selection, newestAt, controller.signal).then(go, (error: unknown) => {
      if (!controller.signal.aborted) toast(`The place in the list was not found: ${String(error)}`)
    })
    return () => controller.abort()
  }, [at, isReady, selection, newestAt, pageSize, page])

  const topRank = firstRank + scroller.topRow
  const isTopThere = view.entryAt(topRank) !== undefined
  const isAtTop = scroller.topRow === 0
  const latestView = useRef(view)
  latestView.current = view
  useEffect(() => {
    const isOnItsWay = at !== undefined && at !== known.current
    if (!isReady || pageSize !== undefined || isOnItsWay || !(isTopThere || isAtTop)) return
    const controller = new AbortController()
    const remember = (place: string | undefined) => {
      if (controller.signal.aborted) return
      known.current = place
      showPlace(place, undefined, false)
    }
    const timer = setTimeout(() => {
      if (isAtTop) return remember(undefined)
      // A link without a place leads to the beginning of the list.
      placeOf(latestView.current, topRank, selection, controller.signal).then(remember, () => undefined)
    }, SETTLED_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [topRank, isTopThere, isAtTop, isReady, at, pageSize, selection])

  return useCallback((to) => {
    known.current = undefined
    takesFocus.current = true
    showPlace(to, undefined, true)
  }, [])
}

/** What `at` says of a rank: its time, and how many entries of the same time come before it. */
async function placeOf(
  view: LogView,
  rank: number,
  selection: LogSelection,
  signal: AbortSignal,
): Promise<string | undefined> {
  const at = view.entryAt(rank)?.created_at
  if (at === undefined) return undefined
  let first = rank
  while (first > 0 && view.entryAt(first - 1)?.created_at === at) first--
  // More of them than are loaded.
  if (first > 0 && view.entryAt(first - 1) === undefined)
    first = await rankAt(at, selection, view.newestAt, signal)
  return first < rank ? `${at}~${rank - first}` : at
}

/** The rank of the first match that was recorded at `at` or, in the order of the list, next. */
async function rankAt(
  at: string,
  selection: LogSelection,
  newestAt: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const [time = '', after = ''] = at.split('~')
  const further = Math.max(0, Math.floor(Number(after)) || 0)
  const exact = exactIso(time)
  const bounds =
    selection.order === 'desc'
      ? { from_date: microsLater(exact, 1), to_date: newestAt ?? selection.to }
      : { from_date: selection.from, to_date: microsLater(exact, -1) }
  const [from, to] = [bounds.from_date, bounds.to_date]
  if (from !== undefined && to !== undefined && exactIso(from) > exactIso(to)) return further
  const from_date = latestOf(bounds.from_date, selection.from)
  const list = await listEntries(
    { ...selectionQuery(selection), ...bounds, from_date, limit: 1, include_count: 'true' },
    signal,
  )
  return (list.total_count ?? 0) + further
}

function latestOf(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return exactIso(one) > exactIso(other) ? one : other
}
