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
  if (from.error.status === 403) return <NotPermitted error={from.error} />
  return <ErrorNotice error={from.error} onRetry={() => void from.refetch()} />
}

function NotPermitted({ error }: { readonly error: ApiError }) {
  return (
    <Notice icon="lock" title="This is not yours to see">
      {error.hint ?? error.message} Ask an owner or admin of your organization for a role that permits it.
    </Notice>
  )
}
