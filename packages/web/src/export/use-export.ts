import { useRef, useState } from 'react'
import { ApiError, type Query, request } from '../api/client.js'
import { saveFile } from '../ui/save-file.js'
import { RowCounter } from './row-counter.js'

export type ExportState =
  | { readonly kind: 'idle' | 'cancelled' }
  | { readonly kind: 'running'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly rows: number; readonly bytes: number; readonly name: string }
  | { readonly kind: 'failed'; readonly error: unknown }

const TOLD_EVERY_MS = 100

/** Fetches an export as it comes, counts its rows, and hands it to the browser to keep when all of it is there. */
export function useExport() {
  const [state, setState] = useState<ExportState>({ kind: 'idle' })
  const running = useRef<AbortController>(undefined)
  const start = async (query: Query, format: 'csv' | 'ndjson') => {
    const controller = new AbortController()
    running.current = controller
    setState({ kind: 'running', rows: 0, bytes: 0 })
    try {
      const file = await download(query, format, controller.signal, (rows, bytes) =>
        setState({ kind: 'running', rows, bytes }),
      )
      const name = `audit-log-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`
      saveFile(file.blob, name)
      setState({ kind: 'done', rows: file.rows, bytes: file.blob.size, name })
    } catch (error) {
      setState(controller.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error: asBroken(error) })
    }
  }
  return { state, start, cancel: () => running.current?.abort() }
}

async function download(
  query: Query,
  format: 'csv' | 'ndjson',
  signal: AbortSignal,
  tell: (rows: number, bytes: number) => void,
): Promise<{ readonly blob: Blob; readonly rows: number }> {
  const response = await request('GET', '/v1/audit_log_entries/export', {
    query: { ...query, format },
    signal,
  })
  const parts: Uint8Array<ArrayBuffer>[] = []
  const counter = new RowCounter(format)
  let bytes = 0
  let told = 0
  const reader = response.body?.getReader()
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    parts.push(next.value)
    counter.add(next.value)
    bytes += next.value.length
    if (performance.now() - told > TOLD_EVERY_MS) {
      told = performance.now()
      tell(counter.rows, bytes)
    }
  }
  return { blob: new Blob(parts, { type: response.headers.get('content-type') ?? '' }), rows: counter.rows }
}

/** An export that breaks off is never kept: it would look whole. */
function asBroken(error: unknown): unknown {
  if (error instanceof ApiError) return error
  return new ApiError(0, {
    message: 'The export broke off, and nothing of it was kept.',
    hint: 'Try again; if it happens again, export a shorter time.',
  })
}
