import {
  FACET_FIELDS,
  formatMicroseconds,
  HISTOGRAM_INTERVALS,
  type HistogramBucket,
} from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import {
  choiceParameter,
  integerParameter,
  type RawQuery,
  readParameters,
  single,
} from '../../http/parameters.js'
import { type RouteContext, requireCaller, sendJson } from '../../http/route.js'
import { SELECTION_PARAMETERS, toSelection } from '../../http/selection-parameters.js'
import type { Coverage } from '../../reading/reads.js'

const FACET_VALUES_DEFAULT = 10
const FACET_VALUES_MAX = 100

export const HISTOGRAM_PARAMETERS = {
  interval: choiceParameter(
    'width of a bucket; buckets begin at whole ones in UTC, weeks on Monday.',
    HISTOGRAM_INTERVALS,
  ),
  ...SELECTION_PARAMETERS,
} as const

export const FACETS_PARAMETERS = {
  field: choiceParameter('which field to count; repeat for several; all when left out.', FACET_FIELDS),
  limit: integerParameter(
    `values of each field, 1 to ${FACET_VALUES_MAX}.`,
    1,
    FACET_VALUES_MAX,
    FACET_VALUES_DEFAULT,
  ),
  ...SELECTION_PARAMETERS,
} as const

/** Counting over the same selections as the list. */
export function addAggregates(server: FastifyInstance, context: RouteContext): void {
  server.get('/v1/audit_log_entries/histogram', async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'histogram' })
    const values = readParameters(HISTOGRAM_PARAMETERS, request.query as RawQuery)
    const interval = single('interval', values.interval) ?? 'hour'
    const { buckets, ...coverage } = await context.reads.histogram(toSelection(caller, values), interval)
    stopTimer()
    return sendJson(
      reply,
      200,
      JSON.stringify({ object: 'histogram', interval, data: buckets.map(toBucket), ...toCoverage(coverage) }),
    )
  })
  server.get('/v1/audit_log_entries/facets', async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'facets' })
    const values = readParameters(FACETS_PARAMETERS, request.query as RawQuery)
    const fields = values.field.length > 0 ? [...new Set(values.field)] : FACET_FIELDS
    const limit = single('limit', values.limit) ?? FACET_VALUES_DEFAULT
    const { facets, ...coverage } = await context.reads.facets(toSelection(caller, values), fields, limit)
    stopTimer()
    return sendJson(reply, 200, JSON.stringify({ object: 'facets', data: facets, ...toCoverage(coverage) }))
  })
}

function toBucket({ start, total, by_severity }: HistogramBucket): Readonly<Record<string, unknown>> {
  return { start: formatMicroseconds(start), total, by_severity }
}

/** What an answer says of what it could look at. */
function toCoverage({ completeThroughSeq, complete }: Coverage): Readonly<Record<string, unknown>> {
  return { complete_through_seq: completeThroughSeq, ...(complete ? {} : { partial: true }) }
}
