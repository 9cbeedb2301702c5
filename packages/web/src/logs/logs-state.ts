import { useMemo } from 'react'
import { changed, type Location, navigate, useLocation, withParams } from '../router/location.js'
import { type Range, rangeParams, readRange } from '../time/ranges.js'
import { type ColumnChoice, columnParam, readColumns } from './columns.js'

export const PAGE_SIZES = [25, 50, 100, 200] as const

/** What the log shows, all of it from the address. */
export interface LogsState {
  /** Search text. */
  readonly query: string
  readonly range: Range
  readonly order: 'asc' | 'desc'
  readonly columns: readonly ColumnChoice[]
  /** Pages of so many rows; one long list when undefined. */
  readonly pageSize: number | undefined
  /** From 1. */
  readonly page: number
  /**
   * RFC 3339: the list is seen from the first entry that was recorded then or, in its order, next. With `~7` behind it,
   * from seven entries further on: those of a group share their time.
   */
  readonly at: string | undefined
  readonly isLive: boolean
  readonly showsFacets: boolean
  /** The entry that is open beside the list. */
  readonly openId: string | undefined
}

const LOGS_PATH = '/logs'
export const ENTRY_PATH = '/logs/entries/'

/** Whether the log is what an address shows, or leads to. */
export function isLogsPath(path: string): boolean {
  return path === '/' || path === LOGS_PATH || path.startsWith(ENTRY_PATH)
}

export function useLogsState(): LogsState {
  const location = useLocation()
  return useMemo(() => readLogsState(location), [location])
}

export function readLogsState({ path, params }: Location): LogsState {
  const pageSize = PAGE_SIZES.find((size) => String(size) === params.get('rows'))
  return {
    query: params.get('q') ?? '',
    range: readRange(params),
    order: params.get('order') === 'asc' ? 'asc' : 'desc',
    columns: readColumns(params.get('cols')),
    pageSize,
    page: Math.max(1, Math.floor(Number(params.get('page') ?? 1)) || 1),
    at: readAt(params.get('at')),
    isLive: params.get('live') === '1',
    showsFacets: params.get('facets') === '1',
    openId: path.startsWith(ENTRY_PATH) ? decodeURIComponent(path.slice(ENTRY_PATH.length)) : undefined,
  }
}

/** Another search, time or order begins at its first page, and where one could come back from. */
export function search(changes: Partial<Pick<LogsState, 'query' | 'range' | 'order'>>): void {
  navigate(
    withParams({
      page: undefined,
      at: undefined,
      ...(changes.query === undefined ? {} : { q: changes.query.trim() }),
      ...(changes.range === undefined ? {} : rangeParams(changes.range)),
      ...(changes.order === undefined ? {} : { order: changes.order === 'asc' ? 'asc' : undefined }),
    }),
  )
}

export function showColumns(columns: readonly ColumnChoice[]): void {
  navigate(withParams({ cols: columnParam(columns) }), { replace: true })
  // The address of the usual columns may be the one of those that this device remembered.
  changed()
}

export function showPage(page: number): void {
  navigate(withParams({ page: pageParam(page), at: undefined }))
}

/** Remembers what is at the top of the list; undefined for its beginning. `isNew` where one could come back from. */
export function showPlace(at: string | undefined, page: number | undefined, isNew: boolean): void {
  navigate(withParams({ at, ...(page === undefined ? {} : { page: pageParam(page) }) }), { replace: !isNew })
}

function pageParam(page: number): string | undefined {
  return page === 1 ? undefined : String(page)
}

function readAt(text: string | null): string | undefined {
  return text === null || Number.isNaN(Date.parse(text.split('~')[0] ?? '')) ? undefined : text
}

export function showRows(pageSize: number | undefined): void {
  navigate(
    withParams({
      rows: pageSize === undefined ? undefined : String(pageSize),
      page: undefined,
      at: undefined,
    }),
    {
      replace: true,
    },
  )
}

export function showLive(on: boolean): void {
  navigate(withParams({ live: on ? '1' : undefined, order: undefined, page: undefined, at: undefined }), {
    replace: true,
  })
}

export function showFacets(on: boolean): void {
  navigate(withParams({ facets: on ? '1' : undefined }), { replace: true })
}

export function openEntry(id: string, replace = false): void {
  navigate(withParams({}, ENTRY_PATH + encodeURIComponent(id)), { replace })
}

export function closeEntry(): void {
  navigate(withParams({}, LOGS_PATH))
}
