import { type UseQueryResult, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import type { ApiError } from '../api/client.js'
import { Loading } from './loading.js'
import { ErrorNotice, Notice } from './notice.js'

/** Shows what was asked for once it is there; until then that it is on its way, or why it cannot be. */
export function Loaded<T>({
  from,
  children,
}: {
  readonly from: UseQueryResult<T, ApiError>
  readonly children: (answer: T) => ReactNode
}) {
  const queries = useQueryClient()
  const isRefused = from.error?.status === 401 || from.error?.status === 403
  useEffect(() => {
    // The frame around the page finds out whether it is the session that leads in no more, and says so.
    if (isRefused) void queries.invalidateQueries({ queryKey: ['me'] })
  }, [isRefused, queries])
  if (from.data !== undefined) return children(from.data)
  if (from.error === null) return <Loading />
  if (from.error.status === 403) return <NotPermitted>{from.error.hint ?? from.error.message}</NotPermitted>
  return <ErrorNotice error={from.error} onRetry={() => void from.refetch()} />
}

/** What somebody lacks, and whom to ask. */
export function NotPermitted({ children }: { readonly children: ReactNode }) {
  return (
    <Notice icon="lock" title="You may not see this">
      {children} Ask an owner or admin of your organization for a role that permits it.
    </Notice>
  )
}
