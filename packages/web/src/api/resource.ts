import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ApiError, call } from './client.js'
import { useAudience } from './me.js'

const PENDING_MS = 1_000

/** What a path answers, as whoever is signed in; kept by its path until something below it changes. */
export function useResource<T>(
  path: string,
  enabled = true,
  /** Whether something is under way: then it is asked for again soon. */
  isPending: (answer: T) => boolean = () => false,
): UseQueryResult<T, ApiError> {
  const audience = useAudience()
  return useQuery<T, ApiError>({
    queryKey: ['resource', audience, path],
    queryFn: ({ signal }) => call<T>('GET', path, { signal }),
    enabled,
    refetchInterval: ({ state: { data } }) => (data !== undefined && isPending(data) ? PENDING_MS : false),
  })
}

/** Sends changes; what is shown of the paths named is asked for anew before it resolves. Throws `ApiError`. */
export function useChange(...paths: readonly string[]) {
  const queries = useQueryClient()
  return async <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> => {
    const answer = await call<T>(method, path, body === undefined ? {} : { body })
    await queries.invalidateQueries({
      // What was changed may concern what one may do oneself.
      predicate: ({ queryKey: [kind, , shown] }) =>
        kind === 'me' || (kind === 'resource' && paths.includes(shown as string)),
    })
    return answer
  }
}
