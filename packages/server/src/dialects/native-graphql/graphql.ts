import { AppError, type FacetField, type Order, readSearch, type Selection } from '@counterfoil/core'
import { type PageArguments, readConnection } from '../../graphql/connection.js'
import { graphQlError } from '../../graphql/error-answer.js'
import { type GraphQlApi, graphQlRoute, sendExecuted } from '../../graphql/graphql-api.js'
import { isUuid } from '../../http/parameters.js'
import { type Caller, type Dialect, type DialectContext, maySee, requireCaller } from '../../http/route.js'
import { combineSelections, timeRange } from '../../http/selection-parameters.js'
import { toEntryNode } from './entry-shape.js'
import { type FilterInput, toFilter } from './filter-input.js'
import { COUNTED_FIELDS, INTERVALS, toEnumName } from './names.js'
import { NATIVE_GRAPHQL_OPENAPI } from './openapi.js'
import { nativeSchema } from './schema.js'

const COST_MAX = 5_000
const FIRST_DEFAULT = 50
const FACET_VALUES_MAX = 100
const BUCKETS_MAX = 2_000

interface SelectionArguments {
  readonly query?: string | null
  readonly filter?: FilterInput | null
  readonly from?: number | null
  readonly to?: number | null
}

const API: GraphQlApi = {
  // Whatever no vendor's API claims: the last of the registry.
  claims: () => true,
  requireCaller: (context, request) => requireCaller(context, request, 'audit:read', 'audit:read:own'),
  cost: { max: COST_MAX, firstDefault: FIRST_DEFAULT },
  open: (context) => ({
    schema: nativeSchema(),
    answer: (operation, caller, reply) => sendExecuted(operation, rootFields(context, caller), reply),
  }),
}

/** Our own schema. */
export const NATIVE_GRAPHQL: Dialect = {
  name: 'native-graphql',
  routes: [],
  shared: [graphQlRoute(API)],
  openapi: NATIVE_GRAPHQL_OPENAPI,
  toErrorAnswer: graphQlError,
}

/** Resolvers of `Query`. */
function rootFields({ reads }: DialectContext, caller: Caller) {
  return {
    auditLogs: async (given: SelectionArguments & PageArguments & { readonly order: string }) => {
      const selection = toSelection(caller, given)
      const order: Order = given.order === 'OLDEST_FIRST' ? 'oldest_first' : 'newest_first'
      const { page, pageInfo, edges } = await readConnection(reads, selection, order, given, toEntryNode)
      const { complete, completeThroughSeq, coveredFromSeq } = page
      return {
        pageInfo,
        edges,
        nodes: () => edges.map(({ node }) => node),
        totalCount: async () => (await reads.count(selection)).count,
        complete,
        completeThroughSeq,
        coveredFromSeq,
      }
    },
    entry: async ({ id }: { readonly id: string }) => {
      const entry = isUuid(id) ? await reads.entry(caller.log, id) : undefined
      return entry === undefined || !maySee(caller, entry) ? null : toEntryNode(entry)
    },
    histogram: async (given: SelectionArguments & { readonly interval: string }) => {
      const interval = INTERVALS.valueOf(given.interval)
      const { buckets, ...coverage } = await reads.histogram(toSelection(caller, given), interval)
      if (buckets.length > BUCKETS_MAX) {
        throw new AppError('invalid_request', {
          param: 'interval',
          hint: `There are ${buckets.length} buckets; take a wider interval or a shorter time.`,
        })
      }
      return {
        ...coverage,
        buckets: buckets.map(({ start, total, by_severity }) => ({
          start,
          total,
          bySeverity: Object.entries(by_severity).map(([severity, count]) => ({
            severity: toEnumName(severity),
            count,
          })),
        })),
      }
    },
    facets: async (
      given: SelectionArguments & { readonly fields: readonly string[]; readonly first: number },
    ) => {
      if (given.first < 1 || given.first > FACET_VALUES_MAX) {
        throw new AppError('invalid_request', {
          param: 'first',
          hint: `"first" is a whole number from 1 to ${FACET_VALUES_MAX}.`,
        })
      }
      const fields: readonly FacetField[] = [...new Set(given.fields.map(COUNTED_FIELDS.valueOf))]
      const { facets, ...coverage } = await reads.facets(toSelection(caller, given), fields, given.first)
      return {
        ...coverage,
        fields: fields.map((field) => ({ field: toEnumName(field), values: facets[field] ?? [] })),
      }
    },
  }
}

function toSelection(caller: Caller, { query, filter, from, to }: SelectionArguments): Selection {
  return combineSelections(caller, [
    {
      ...(filter === undefined || filter === null ? {} : { filter: toFilter(filter) }),
      ...timeRange(from, to),
    },
    ...(query === undefined || query === null ? [] : [readSearch(query, Date.now() * 1_000)]),
  ])
}
