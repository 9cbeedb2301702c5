import { useQuery } from '@tanstack/react-query'
import type { Query } from '../api/client.js'
import { type Histogram, listEntries, loadHistogram } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { type LogSelection, selectionQuery } from './selection.js'

const BARS_MAX = 130
const INTERVALS: readonly (readonly [name: string, ms: number])[] = [
  ['second', 1_000],
  ['minute', 60_000],
  ['five_minutes', 300_000],
  ['fifteen_minutes', 900_000],
  ['hour', 3_600_000],
  ['six_hours', 21_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
]
const MONTH = ['month', 2_629_746_000] as const

/** Activity over a window, in bars of one width. */
export interface Activity {
  /** Milliseconds. */
  readonly from: number
  readonly to: number
  readonly barMs: number
  readonly bars: readonly {
    readonly start: number
    readonly total: number
    readonly bySeverity: Readonly<Record<string, number>>
  }[]
  readonly bySeverity: Readonly<Record<string, number>>
  readonly isPartial: boolean
}

export function useActivity(selection: Omit<LogSelection, 'order'>, now: number) {
  const audience = useAudience()
  return useQuery<Activity>({
    queryKey: ['activity', audience, selection, now],
    queryFn: async ({ signal }) => {
      const query = selectionQuery(selection)
      const to = selection.to === undefined ? now : Date.parse(selection.to)
      const from =
        selection.from === undefined ? await oldestOf(query, to, signal) : Date.parse(selection.from)
      const [interval, barMs] =
        INTERVALS.find(([, ms]) => (to - from) / ms <= BARS_MAX) ?? (MONTH as readonly [string, number])
      return toActivity(await loadHistogram({ ...query, interval }, signal), { from, to, barMs })
    },
    placeholderData: (previous, query) => (query?.queryKey[1] === audience ? previous : undefined),
    gcTime: 60_000,
  })
}

/** Where the window begins when it is as long as the log. */
async function oldestOf(query: Query, to: number, signal: AbortSignal): Promise<number> {
  const { data } = await listEntries({ ...query, order: 'asc', limit: 1 }, signal)
  const oldest = data[0]?.created_at
  return oldest === undefined ? to - 3_600_000 : Math.min(Date.parse(oldest), to - 1_000)
}

function toActivity(
  { data, interval, partial }: Histogram,
  { from, to, barMs }: Pick<Activity, 'from' | 'to' | 'barMs'>,
): Activity {
  const bars = data.map(({ start, total, by_severity }) => ({
    start: Date.parse(start),
    total,
    bySeverity: by_severity,
  }))
  const bySeverity: Record<string, number> = {}
  for (const bar of bars)
    for (const [severity, total] of Object.entries(bar.bySeverity))
      bySeverity[severity] = (bySeverity[severity] ?? 0) + total
  // The first bar begins where its interval does, which may be before the window.
  const start = interval === 'month' ? (bars[0]?.start ?? from) : from
  return { from: start, to, barMs, bars, bySeverity, isPartial: partial === true }
}
