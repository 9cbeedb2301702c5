import { availableParallelism } from 'node:os'
import type { LogName } from '@counterfoil/core'
import type { Facets, SearchIndex } from '../index/search-index.js'
import { FairQueue } from '../limits/fair-queue.js'
import type { ThreadClient, ThreadMethods } from '../threads/thread-call.js'

/** How much of reading one organization may have at once. */
export interface ReadingShares {
  /** Reads under way; more wait for their turn. */
  readonly readsAtOnce: number
  /** Reads that wait, and exports; beyond that they are refused. */
  readonly readsWaiting: number
  /** Statements that the index works on while others search, too; 0 for half of the processors. */
  readonly searchesAtOnce: number
  /** Exports that are being sent; more wait for their turn. */
  readonly exportsAtOnce: number
}

export const READING_SHARES: ReadingShares = {
  readsAtOnce: 4,
  readsWaiting: 100,
  searchesAtOnce: 0,
  exportsAtOnce: 4,
}

/** Of all organizations together: what runs is bounded by the shares, and each of them may have its own. */
const WITHOUT_END = Number.POSITIVE_INFINITY
/** Whoever has waited longer than this for a page or the beginning of an export has gone, or asked for too many. */
const WAIT_MS_MAX = 5_000
/** Statements of one organization in the index while there is nobody else: what the engine runs beside each other, but one. */
const STATEMENTS_ALONE = 5
/** Reads of one organization while others read: one in a thread while the one before is made into an answer. */
const READS_AMONG_OTHERS = 2
/** Calls in a thread's own queue: one it works on, and what it goes on with while the answer is taken. */
const CALLS_AT_ONCE = 3
const CALLS_AT_ONCE_EACH = 2
/** What comes then waits for one call of anybody else at most. */
const CALLS_AMONG_OTHERS = 1

/** Turns of organizations at reading. */
export interface ReadingTurns {
  readonly reads: FairQueue
  readonly exports: FairQueue
}

export function readingTurns({ readsAtOnce, readsWaiting, exportsAtOnce }: ReadingShares): ReadingTurns {
  const waiting = { atOnce: WITHOUT_END, waitingEach: readsWaiting, waitMsMax: WAIT_MS_MAX }
  return {
    reads: new FairQueue({
      ...waiting,
      atOnceEach: readsAtOnce,
      atOnceAmongOthers: Math.min(readsAtOnce, READS_AMONG_OTHERS),
    }),
    exports: new FairQueue({ ...waiting, atOnceEach: exportsAtOnce }),
  }
}

/**
 * The index, with statements of one organization beside each other only as far as they leave processors to others, while
 * there are others. A search may be several statements: one for each field whose values are counted.
 */
export function fairIndex(index: SearchIndex, { searchesAtOnce }: ReadingShares): SearchIndex {
  const half = Math.max(1, Math.floor(availableParallelism() / 2))
  const atOnceAmongOthers = searchesAtOnce > 0 ? searchesAtOnce : half
  const queue = new FairQueue({
    atOnce: WITHOUT_END,
    atOnceEach: Math.max(STATEMENTS_ALONE, atOnceAmongOthers),
    atOnceAmongOthers,
    waitingEach: WITHOUT_END,
  })
  const turn = <Result>({ organization_id }: LogName, work: () => Promise<Result>) =>
    queue.run(organization_id, work)
  const fair: FairMethods = {
    page: (query) => turn(query.log, () => index.page(query)),
    places: (selection, order) =>
      inTurns(index.places(selection, order), (next) => turn(selection.log, next)),
    count: (selection) => turn(selection.log, () => index.count(selection)),
    histogram: (selection, interval) => turn(selection.log, () => index.histogram(selection, interval)),
    facets: async (selection, fields, limit) => {
      const each = fields.map((field) => turn(selection.log, () => index.facets(selection, [field], limit)))
      return Object.assign({}, ...(await Promise.all(each))) as Facets
    },
    actionsSeen: (selection, limit) => turn(selection.log, () => index.actionsSeen(selection, limit)),
  }
  return new Proxy(index, {
    get: (whole, name) => {
      const found = Reflect.get(name in fair ? fair : whole, name) as unknown
      return typeof found === 'function' ? found.bind(name in fair ? fair : whole) : found
    },
  })
}

type FairMethods = Pick<SearchIndex, 'page' | 'places' | 'count' | 'histogram' | 'facets' | 'actionsSeen'>

/** The same values, each of them asked for when it is its turn. */
async function* inTurns<T>(
  source: AsyncIterable<T>,
  turn: (next: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await turn(() => iterator.next())
      if (done === true) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

/**
 * A thread's methods, called in turns: those that name a log, first of all or in a selection, go by its organization.
 * Methods named in `yielding` give way to others by themselves and are not held back, nor hold others back.
 */
export function fairThread<Methods extends ThreadMethods>(
  methods: ThreadClient<Methods>,
  yielding: readonly string[] = [],
): ThreadClient<Methods> {
  const queue = new FairQueue({
    atOnce: CALLS_AT_ONCE,
    atOnceEach: CALLS_AT_ONCE_EACH,
    atOnceAmongOthers: CALLS_AMONG_OTHERS,
    waitingEach: WITHOUT_END,
  })
  return new Proxy(methods, {
    get: (thread, name: string) => {
      const method = thread[name] as (...args: unknown[]) => Promise<unknown>
      return (...args: unknown[]) => {
        const organizationId = yielding.includes(name) ? undefined : organizationOf(args[0])
        return organizationId === undefined
          ? method(...args)
          : queue.run(organizationId, () => method(...args))
      }
    },
  })
}

function organizationOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined
  const { organization_id, log } = argument as Partial<LogName> & { readonly log?: LogName }
  return organization_id ?? log?.organization_id
}
