import { ApiError, type Query } from '../api/client.js'
import type { Entry, EntryList } from '../api/entries.js'

/** How a log stands. */
export interface LogState {
  readonly size: number
  readonly newest: { readonly created_at: string; readonly entry_hash: string } | undefined
  /** The latest signed statement of the log's size and root; undefined when there is none. */
  readonly checkpoint: Checkpoint | undefined
}

/** `GET /v1/log`. */
interface Checkpoint {
  readonly size: number
  readonly root: string
  readonly signed_at: string
  /** Why nothing more is signed. */
  readonly frozen: unknown
}

type Get = <T>(path: string, query: Query) => Promise<T>
type Chained = Entry & { readonly _chain: { readonly entry_hash: string } }

export async function loadLogState(get: Get): Promise<LogState> {
  const [list, checkpoint] = await Promise.all([
    get<Omit<EntryList, 'data'> & { readonly data: readonly Chained[] }>('/v1/audit_log_entries', {
      limit: 1,
      'expand[]': ['data.chain'],
    }),
    get<Checkpoint>('/v1/log', {}).catch((error: unknown) => {
      // Nothing is signed as yet, or this server signs nothing.
      if (error instanceof ApiError && error.status >= 400 && error.status !== 401) return undefined
      throw error
    }),
  ])
  const newest = list.data[0]
  return {
    size: newest === undefined ? 0 : newest.seq + 1,
    newest:
      newest === undefined
        ? undefined
        : { created_at: newest.created_at, entry_hash: newest._chain.entry_hash },
    checkpoint,
  }
}
