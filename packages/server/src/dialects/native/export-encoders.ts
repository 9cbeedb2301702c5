import { toCell, withoutFormula } from '../../http/csv.js'
import type { EntryEncoder } from '../../reading/entry-encoder.js'
import { columnText, type ExportColumn } from './export-columns.js'

// Formats of the export. This module is loaded in the export thread, too.

/** What an entry becomes. */
export type ExportFormat =
  | { readonly format: 'csv'; readonly columns: readonly ExportColumn[] }
  | { readonly format: 'ndjson' }

/** A line for each entry: cells that no spreadsheet runs as a formula, or the entry as JSON. */
export function makeEncoder(options: ExportFormat): EntryEncoder {
  if (options.format === 'ndjson') return (entry) => `${JSON.stringify(entry)}\n`
  const { columns } = options
  return (entry) => `${columns.map((name) => toCell(withoutFormula(columnText(name, entry)))).join(',')}\r\n`
}

/** The first line. */
export function exportHead(options: ExportFormat): string {
  return options.format === 'csv' ? `${options.columns.join(',')}\r\n` : ''
}
