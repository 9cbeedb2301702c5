import { AppError, type Position, placeOf, type Selection } from '@counterfoil/core'
import type { FastifyReply } from 'fastify'
import { INTEGER_ID_MAX } from '../../catalogue/integer-ids.js'
import { requireComplete } from '../../http/paging.js'
import { type Caller, type DialectContext, sendJson } from '../../http/route.js'
import { combineSelections, timeRange } from '../../http/selection-parameters.js'
import { sendExport } from '../../http/send-export.js'
import type { AnswerPlan, EntryList, LogArguments } from './answer-plan.js'
import { assignIntegers } from './assign-integers.js'
import type { EncoderOptions } from './entry-encoder.js'
import { ParadimeEntries } from './entry-shape.js'
import type { MetadataForm } from './schema.js'

const LIMIT_MAX = 1_000
const OFFSET_MAX = 10_000
const PAGE = 1_000
const ENCODER = new URL('./entry-encoder.js', import.meta.url).href

/** Sends an answer as planned: a limited list at once, the whole of them as a stream. */
export async function sendLogs(
  context: DialectContext,
  caller: Caller,
  plan: AnswerPlan,
  metadata: MetadataForm,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { list } = plan
  if (list === undefined) return sendJson(reply, 200, plan.before)
  const selection = toSelection(caller, list.arguments)
  const { limit, offset } = readLimits(list.arguments)
  await requireSmallIds(context, caller)
  if (limit !== undefined) {
    const entries = await limitedEntries(context, caller, selection, list, metadata, limit, offset)
    return sendJson(reply, 200, plan.before + entries + plan.after)
  }
  await assignIntegers(context, selection)
  const options: EncoderOptions = {
    fields: list.fields,
    metadata,
    organizationId: caller.log.organization_id,
    integerIds: context.cataloguePlace,
  }
  return sendExport(reply, {
    contentType: 'application/json; charset=utf-8',
    head: plan.before,
    tail: plan.after,
    chunks: withoutFirstComma(context.reads.encoded(selection, 'newest_first', { module: ENCODER, options })),
  })
}

/** Every entry comes with a comma before it, the very first too. */
async function* withoutFirstComma(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    yield isFirst ? chunk.subarray(1) : chunk
    isFirst = false
  }
}

async function limitedEntries(
  { reads, integerIds }: DialectContext,
  { log }: Caller,
  selection: Selection,
  { fields }: EntryList,
  metadata: MetadataForm,
  limit: number,
  offset: number,
): Promise<string> {
  const shape = new ParadimeEntries(fields, metadata, integerIds, log.organization_id)
  const entries: string[] = []
  let skip = offset
  let after: Position | undefined
  while (entries.length < limit) {
    const query = {
      ...selection,
      order: 'newest_first',
      limit: Math.min(PAGE, skip + limit - entries.length),
    } as const
    const page = await reads.page(after === undefined ? query : { ...query, after })
    requireComplete(page)
    const shown = page.entries.slice(skip)
    await shape.assignIds(shown)
    for (const entry of shown) entries.push(shape.toJson(entry))
    skip = Math.max(0, skip - page.entries.length)
    const last = page.entries.at(-1)
    if (!page.hasMore || last === undefined) break
    after = placeOf(last)
  }
  return entries.join(',')
}

function toSelection(caller: Caller, { startTime, endTime }: LogArguments): Selection {
  return combineSelections(caller, [timeRange(startTime, endTime)], ['startTime', 'endTime'])
}

function readLimits(given: LogArguments): { limit: number | undefined; offset: number } {
  const limit = given.limit ?? undefined
  const offset = given.offset ?? undefined
  if (limit !== undefined && (limit < 1 || limit > LIMIT_MAX)) {
    throw new AppError('invalid_request', {
      param: 'limit',
      hint: `"limit" is a whole number from 1 to ${LIMIT_MAX}.`,
    })
  }
  if (offset !== undefined && (limit === undefined || offset < 0 || offset > OFFSET_MAX)) {
    throw new AppError('invalid_request', {
      param: 'offset',
      hint: `"offset" is a whole number from 0 to ${OFFSET_MAX} and needs a "limit"; go further back by "endTime".`,
    })
  }
  return { limit, offset: offset ?? 0 }
}

/** Ids are 32-bit integers, counted from 1: a log past them cannot be told in this shape. */
async function requireSmallIds({ reads }: DialectContext, { log }: Caller): Promise<void> {
  const size = (await reads.head(log))?.size ?? 0
  if (size < INTEGER_ID_MAX) return
  throw new AppError('invalid_request', {
    hint: `This API has ids for ${INTEGER_ID_MAX} entries; the log has more. Use GET /v1/audit_log_entries.`,
  })
}
