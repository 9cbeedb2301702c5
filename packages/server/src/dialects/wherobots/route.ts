import { AppError, type Selection } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notedExport } from '../../http/export-note.js'
import { objectJson } from '../../http/object-json.js'
import type { OwnActionNames } from '../../http/own-action-names.js'
import { requireComplete } from '../../http/paging.js'
import { type ParameterValues, type RawQuery, readParameters, single } from '../../http/parameters.js'
import { type Caller, type DialectContext, requireCaller, sendJson, toCaller } from '../../http/route.js'
import { combineSelections, timeRange } from '../../http/selection-parameters.js'
import { sendExport } from '../../http/send-export.js'
import { CSV_HEADER, type CsvOptions } from './csv.js'
import { NO_CURSORS, pageCursors, readCursor } from './cursors.js'
import { eventItems } from './event-items.js'
import { EXPORT_PARAMETERS, QUERY_PARAMETERS, SIZE_DEFAULT, type WherobotsPage } from './schema.js'
import { searchTermFilter } from './search-term.js'

/** The reference has the singular, the guide the plural. */
export const EXPORT_PATHS = ['/audit-log/export', '/audit-logs/export'] as const
export const QUERY_PATH = '/audit-log'

export const REQUIRED_TIMES_SWITCH = {
  values: ['optional', 'required'],
  description:
    'Whether an export must name startTime and endTime: the reference says that it need not, the guide that it must.',
} as const

export const CSV_FORMULAS_SWITCH = {
  values: ['faithful', 'escaped'],
  description:
    'Cells that a spreadsheet would run as a formula: faithful leaves every text as it was recorded; escaped puts an apostrophe before them.',
} as const

/** `exportAuditLog`: everything selected as CSV, newest first. */
export function addExport(server: FastifyInstance, context: DialectContext): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = await requireReader(context, request)
    const values = readParameters(EXPORT_PARAMETERS, request.query as RawQuery)
    if (context.switchOf('required_times') === 'required') requireTimes(values)
    const escapeFormulas = context.switchOf('csv_formulas') === 'escaped'
    const names = ownActionNames(context)
    const chunks = context.reads.encoded(toSelection(caller, values, names), 'newest_first', {
      module: new URL('./csv.js', import.meta.url).href,
      options: { escapeFormulas, ownActionNames: names } satisfies CsvOptions,
    })
    return sendExport(reply, {
      contentType: 'text/csv; charset=utf-8',
      fileName: 'audit-log.csv',
      head: CSV_HEADER,
      chunks: notedExport(context, request, caller, 'csv', chunks),
    })
  }
  // Without HEAD, which would run through the whole export to send nothing.
  for (const path of EXPORT_PATHS) server.get(path, { exposeHeadRoute: false }, handle)
}

/** `queryAuditLog`: a page, newest first, with cursors both ways. */
export function addQuery(server: FastifyInstance, context: DialectContext): void {
  server.get(QUERY_PATH, async (request, reply) => {
    const caller = await requireReader(context, request)
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
    const values = readParameters(QUERY_PARAMETERS, request.query as RawQuery)
    const page = await readPage(context, toSelection(caller, values, ownActionNames(context)), {
      size: single('size', values.size) ?? SIZE_DEFAULT,
      cursor: single('cursor', values.cursor),
    })
    stopTimer()
    return sendJson(reply, 200, objectJson(page))
  })
}

async function readPage(
  context: DialectContext,
  selection: Selection,
  { size, cursor }: { readonly size: number; readonly cursor: string | undefined },
): Promise<Readonly<Record<keyof WherobotsPage, unknown>>> {
  const start = readCursor(cursor, selection)
  // A page of 0 is read as one of 1, so that it is refused when another would be.
  const query = { ...selection, ...start, limit: Math.max(1, size) }
  const shape = { encoder: eventItems(ownActionNames(context)), reversed: start.order === 'oldest_first' }
  const [page, { count, complete }] = await Promise.all([
    context.reads.itemPage(query, shape),
    context.reads.count(selection),
  ])
  requireComplete({ complete: page.complete && complete })
  return {
    items: size === 0 ? [] : page.items,
    total: count,
    ...(size === 0 ? NO_CURSORS : pageCursors(page, query)),
  }
}

/** The caller behind `X-API-Key`, or else behind a bearer token. */
async function requireReader(context: DialectContext, request: FastifyRequest): Promise<Caller> {
  const key = request.headers['x-api-key']
  const scopes = ['audit:read', 'audit:read:own'] as const
  if (typeof key === 'string')
    return toCaller(await context.access.authenticate(key.trim()), scopes, request, context.access)
  if (request.headers.authorization === undefined) {
    throw new AppError('missing_api_key', {
      hint: 'Send the header "X-API-Key: cf_live_…", or "Authorization: Bearer cf_live_…".',
    })
  }
  return requireCaller(context, request, ...scopes)
}

type SelectionValues = ParameterValues<typeof EXPORT_PARAMETERS>

function ownActionNames(context: DialectContext): OwnActionNames {
  return context.switchOf('own_action_names') as OwnActionNames
}

function toSelection(caller: Caller, values: SelectionValues, names: OwnActionNames): Selection {
  const times = timeRange(single('startTime', values.startTime), single('endTime', values.endTime))
  const term = single('searchTerm', values.searchTerm)
  // An empty term is part of every field.
  const found = term === undefined || term === '' ? {} : { filter: searchTermFilter(term, names) }
  return combineSelections(caller, [{ ...times, ...found }], ['startTime', 'endTime'])
}

function requireTimes(values: SelectionValues): void {
  for (const name of ['startTime', 'endTime'] as const) {
    if (values[name].length > 0) continue
    throw new AppError('invalid_request', {
      param: name,
      hint: `Give "${name}": ${EXPORT_PARAMETERS[name].description}`,
    })
  }
}
