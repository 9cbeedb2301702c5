import type { FastifyInstance } from 'fastify'
import { notedExport } from '../../http/export-note.js'
import {
  choiceParameter,
  type Parameter,
  type RawQuery,
  readParameters,
  single,
} from '../../http/parameters.js'
import { type RouteContext, requireCaller } from '../../http/route.js'
import { SELECTION_PARAMETERS, toSelection } from '../../http/selection-parameters.js'
import { sendExport } from '../../http/send-export.js'
import { EXPORT_COLUMNS, type ExportColumn } from './export-columns.js'
import { type ExportFormat, exportHead } from './export-encoders.js'

const COLUMNS_PARAMETER: Parameter<readonly ExportColumn[]> = {
  schema: { type: 'string' },
  description: `columns of the CSV between commas, in this order: ${EXPORT_COLUMNS.join(', ')}; all when left out.`,
  read: (text) => {
    const names = text
      .split(',')
      .filter((name): name is ExportColumn => EXPORT_COLUMNS.includes(name as ExportColumn))
    return names.length > 0 && names.join(',') === text && new Set(names).size === names.length
      ? names
      : undefined
  },
}

export const EXPORT_PARAMETERS = {
  format: choiceParameter('csv, whose cells no spreadsheet takes for formulas, or ndjson: an entry a line.', [
    'csv',
    'ndjson',
  ]),
  columns: COLUMNS_PARAMETER,
  order: choiceParameter('desc: newest first, which is the default; asc: oldest first.', ['asc', 'desc']),
  ...SELECTION_PARAMETERS,
} as const

/** `GET /v1/audit_log_entries/export`: everything selected as a file; whole, or visibly broken off. */
export function addExport(server: FastifyInstance, context: RouteContext): void {
  // Without HEAD, which would run through the whole export to send nothing.
  server.get('/v1/audit_log_entries/export', { exposeHeadRoute: false }, async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    const values = readParameters(EXPORT_PARAMETERS, request.query as RawQuery)
    const format = single('format', values.format) ?? 'csv'
    const columns = single('columns', values.columns) ?? EXPORT_COLUMNS
    const options: ExportFormat = format === 'csv' ? { format, columns } : { format }
    const order = single('order', values.order) === 'asc' ? 'oldest_first' : 'newest_first'
    const chunks = context.reads.encoded(toSelection(caller, values), order, {
      module: new URL('./export-encoders.js', import.meta.url).href,
      options,
    })
    return sendExport(reply, {
      contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      fileName: `audit-log.${format}`,
      head: exportHead(options),
      chunks: notedExport(context, request, caller, format, chunks),
    })
  })
}
