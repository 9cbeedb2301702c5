import { useRef, useState } from 'react'
import { ApiError, type Query, request } from '../api/client.js'
import { type FileSink, openFileSink } from './file-sink.js'
import { type ExportFormat, RowCounter } from './row-counter.js'

export type ExportState =
  | { readonly kind: 'idle' | 'cancelled' }
  | ({ readonly kind: 'running' } & Size)
  | ({ readonly kind: 'done'; readonly name: string } & Size)
  | { readonly kind: 'failed'; readonly error: unknown }

const TOLD_EVERY_MS = 100

/** Fetches an export as it comes, counts its rows, and writes it to where it is kept when all of it is there. */
export function useExport() {
  const [state, setState] = useState<ExportState>({ kind: 'idle' })
  const running = useRef<AbortController>(undefined)
  /** `rows`: about how many there will be. */
  const start = async (query: Query, format: ExportFormat, rows: number) => {
    const controller = new AbortController()
    running.current = controller
    try {
      const name = `audit-log-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`
      const sink = await openFileSink(name, rows)
      if (sink === undefined) return
      setState({ kind: 'running', rows: format === 'tar' ? undefined : 0, bytes: 0 })
      const done = await download(query, format, sink, controller.signal, (told) =>
        setState({ kind: 'running', ...told }),
      )
      setState({ kind: 'done', ...done, name })
    } catch (error) {
      setState(controller.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error: asBroken(error) })
    }
  }
  return { state, start, cancel: () => running.current?.abort() }
}

/** How much of an export has come. */
interface Size {
  /** Undefined where rows cannot be counted. */
  readonly rows: number | undefined
  readonly bytes: number
}

/** No more is read before it is written: the server waits for a slow disk. */
async function download(
  query: Query,
  format: ExportFormat,
  sink: FileSink,
  signal: AbortSignal,
  tell: (size: Size) => void,
): Promise<Size> {
  try {
    const response =
      format === 'tar'
        ? await request('GET', '/v1/log/export', { query, signal })
        : await request('GET', '/v1/audit_log_entries/export', { query: { ...query, format }, signal })
    const counter = format === 'tar' ? undefined : new RowCounter(format)
    let bytes = 0
    let told = 0
    const reader = response.body?.getReader()
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      counter?.add(next.value)
      bytes += next.value.length
      await sink.write(next.value)
      if (performance.now() - told > TOLD_EVERY_MS) {
        told = performance.now()
        tell({ rows: counter?.rows, bytes })
      }
    }
    signal.throwIfAborted()
    await sink.keep()
    return { rows: counter?.rows, bytes }
  } catch (error) {
    await sink.drop()
    throw error
  }
}

/** An export that breaks off is never kept: it would look whole. */
function asBroken(error: unknown): unknown {
  if (error instanceof ApiError) return error
  if (error instanceof DOMException && error.name === 'QuotaExceededError')
    return new ApiError(0, {
      message: 'There is no room for the file, and nothing of it was kept.',
      hint: 'Make room on the disk, or export a shorter time.',
    })
  return new ApiError(0, {
    message: 'The export broke off, and nothing of it was kept.',
    hint: 'Try again; if it happens again, export a shorter time.',
  })
}
