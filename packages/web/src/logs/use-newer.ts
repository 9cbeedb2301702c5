import { useQuery } from '@tanstack/react-query'
import { type EntryList, listEntries } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { microsLater } from '../time/micros.js'
import { type LogSelection, selectionQuery } from './selection.js'

const LIVE_MS = 2_000

/** How many matches were recorded after those that the list shows; 0 while nobody asks. */
export function useNewer(selection: LogSelection, newestAt: string | undefined, isAsked: boolean): number {
  const audience = useAudience()
  const newer = useQuery<EntryList>({
    queryKey: ['newer', audience, selection, newestAt],
    queryFn: ({ signal }) =>
      listEntries(
        {
          ...selectionQuery(selection),
          from_date: newestAt === undefined ? selection.from : microsLater(newestAt, 1),
          limit: 1,
          include_count: 'true',
        },
        signal,
      ),
    enabled: isAsked,
    refetchInterval: LIVE_MS,
    staleTime: 0,
    gcTime: 0,
  })
  return isAsked ? (newer.data?.total_count ?? 0) : 0
}
