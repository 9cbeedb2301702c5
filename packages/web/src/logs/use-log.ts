import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { ApiError, type Query } from '../api/client.js'
import { type Entry, type EntryList, listEntries } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { BLOCK, firstBlockQuery, type LogSelection, selectionQuery } from './selection.js'

/** The ranks whose entries are wanted, both included. */
export type SeenRanks = readonly [first: number, last: number]

/** Matches by their rank, from 0. Those that were recorded after the list was opened are not among them. */
export interface LogView {
  /** Undefined until it is known. */
  readonly total: number | undefined
  /** Undefined while it is on its way. */
  entryAt(rank: number): Entry | undefined
  readonly error: unknown
  readonly isLoading: boolean
  /** Shows the rows of the search before this one. */
  readonly isStale: boolean
  /** Not everything was looked at; see `EntryList`. */
  readonly partial: EntryList | undefined
  /** When the newest match was recorded, as the API tells it: later ones are new. */
  readonly newestAt: string | undefined
  refresh(): void
}

/**
 * The list as a window over all matches: blocks of it are loaded as they come into sight. The first answer fixes where
 * the list ends, so that a rank keeps its entry while more are recorded.
 */
export function useLog(selection: LogSelection, seen: SeenRanks): LogView {
  const audience = useAudience()
  const queries = useQueryClient()
  const [round, setRound] = useState(0)
  const key = ['log', audience, selection, round] as const
  const head = useQuery<EntryList>({
    queryKey: key,
    queryFn: ({ signal }) => firstBlock(selection, signal),
    // Never the rows of another log.
    placeholderData: (previous, query) =>
      query?.queryKey[1] === audience ? keepPreviousData(previous) : undefined,
    gcTime: 60_000,
  })
  const fixed = useFixedEnd(selection, head.data)
  const blocks = useBlocks(key, fixed, seen, head.isPlaceholderData ? 0 : (head.data?.total_count ?? 0))
  const failed = [...blocks.values()].find(({ error }) => error !== null)
  const refresh = useCallback(() => {
    if (head.error === null) setRound((before) => before + 1)
    else void queries.refetchQueries({ queryKey: ['log', audience] })
  }, [head.error, queries, audience])
  const list = head.data
  return {
    total: list?.total_count,
    entryAt: (rank) => {
      const block = Math.floor(rank / BLOCK)
      const data = block === 0 ? list?.data : blocks.get(block)?.data?.data
      return data?.[rank - block * BLOCK]
    },
    error: head.error ?? failed?.error ?? null,
    isLoading: head.isPending,
    isStale: head.isPlaceholderData,
    partial: list?.partial === true ? list : undefined,
    newestAt: newestOf(list, selection.order),
    refresh,
  }
}

/**
 * The first entries and how many there are. While the index is away nobody can count: then what was found by looking
 * through the newest entries is all there is, and the answer says how far that was.
 */
async function firstBlock(selection: LogSelection, signal: AbortSignal): Promise<EntryList> {
  const query = firstBlockQuery(selection)
  try {
    return await listEntries(query, signal)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'index_unavailable') throw error
    const list = await listEntries({ ...query, include_count: undefined }, signal)
    return { ...list, total_count: list.data.length, partial: true }
  }
}

/** The selection up to the newest entry that the first answer knew. */
function useFixedEnd(selection: LogSelection, list: EntryList | undefined): Query {
  const newest = selection.order === 'desc' ? list?.data[0]?.created_at : undefined
  return useMemo(
    () => ({
      ...selectionQuery(selection),
      order: selection.order,
      ...(newest === undefined ? {} : { to_date: newest }),
    }),
    [selection, newest],
  )
}

function useBlocks(
  key: readonly unknown[],
  query: Query,
  [first, last]: readonly [number, number],
  total: number,
): ReadonlyMap<number, { readonly data: EntryList | undefined; readonly error: unknown }> {
  const numbers = useMemo(() => {
    const lastBlock = Math.floor(Math.min(last, total - 1) / BLOCK)
    const wanted: number[] = []
    for (let block = Math.max(1, Math.floor(first / BLOCK)); block <= lastBlock; block++) wanted.push(block)
    return wanted
  }, [first, last, total])
  const answers = useQueries({
    queries: numbers.map((block) => ({
      queryKey: [...key, query, block],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        listEntries({ ...query, limit: BLOCK, offset: block * BLOCK }, signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
    })),
  })
  return new Map(numbers.map((block, i) => [block, answers[i] as (typeof answers)[number]]))
}

function newestOf(list: EntryList | undefined, order: 'asc' | 'desc'): string | undefined {
  return order === 'desc' ? list?.data[0]?.created_at : undefined
}
