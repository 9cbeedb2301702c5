import { type Filter, type Position, placeOf, type Resource } from '@counterfoil/core'
import type { Caller, RouteContext } from '../../http/route.js'
import { allOf, anyOf } from '../../http/selection-parameters.js'
import type { EntryPage, ReadEntry } from '../../reading/reads.js'
import type { NewestEntries } from './entry-mapping.js'

/** Rows that one relation is expanded to; what is beyond stays a reference, marked `truncated`. */
export const EXPANDED_ROWS_MAX = 100
/** Entries read at a time while looking for the newest about each. */
const ENTRIES_A_ROUND = 200

type Known = Required<Pick<Resource, 'type' | 'id'>>

/** The newest entries about resources. */
export class LatestEntries implements NewestEntries {
  readonly complete: boolean
  readonly #found: ReadonlyMap<string, ReadEntry>

  private constructor(found: ReadonlyMap<string, ReadEntry>, complete: boolean) {
    this.#found = found
    this.complete = complete
  }

  /**
   * Finds the newest entry that the caller may see about each resource of `entries`, for the first
   * `EXPANDED_ROWS_MAX` of them. A resource without id is no row that could be looked up.
   */
  static async find(
    context: RouteContext,
    caller: Caller,
    entries: readonly ReadEntry[],
  ): Promise<LatestEntries> {
    const wanted = new Map<string, Known>()
    // The entries at hand are what is known for certain, should the index be behind.
    const found = new Map<string, ReadEntry>()
    for (const entry of entries) {
      const { resource } = entry
      if (resource?.id === undefined) continue
      const key = keyOf(resource)
      if (!wanted.has(key) && wanted.size >= EXPANDED_ROWS_MAX) continue
      wanted.set(key, { type: resource.type, id: resource.id })
      keepNewer(found, key, entry)
    }
    // Newest first over all that are still wanted: each round finds at least one, mostly nearly all. A search for each
    // took eight times as long for a page of a hundred.
    let after: Position | undefined
    let complete = true
    while (wanted.size > 0) {
      const round = await newestAbout(context, caller, [...wanted.values()], after)
      complete &&= round.complete
      for (const entry of round.entries) {
        if (entry.resource === undefined) continue
        const key = keyOf(entry.resource)
        if (wanted.delete(key)) keepNewer(found, key, entry)
      }
      const last = round.entries.at(-1)
      if (last === undefined) break
      after = placeOf(last)
    }
    return new LatestEntries(found, complete)
  }

  of(resource: Resource): ReadEntry | 'beyond_limit' | undefined {
    if (resource.id === undefined) return undefined
    return this.#found.get(keyOf(resource)) ?? 'beyond_limit'
  }
}

async function newestAbout(
  { reads }: RouteContext,
  { log, ownFilter }: Caller,
  resources: readonly Known[],
  after: Position | undefined,
): Promise<EntryPage> {
  const filter = allOf([...(ownFilter === undefined ? [] : [ownFilter]), anyOf(byType(resources))])
  return reads.page({
    log,
    ...(filter === undefined ? {} : { filter }),
    order: 'newest_first',
    limit: ENTRIES_A_ROUND,
    ...(after === undefined ? {} : { after }),
  })
}

function keepNewer(found: Map<string, ReadEntry>, key: string, entry: ReadEntry): void {
  const known = found.get(key)
  if (known === undefined || known.seq < entry.seq) found.set(key, entry)
}

function byType(resources: readonly Known[]): readonly Filter[] {
  const types = [...new Set(resources.map(({ type }) => type))]
  return types.map((type) => ({
    op: 'and',
    filters: [
      { op: 'equals', field: 'resource.type', values: [type] },
      {
        op: 'equals',
        field: 'resource.id',
        values: resources.filter((resource) => resource.type === type).map(({ id }) => id),
      },
    ],
  }))
}

function keyOf({ type, id }: Resource): string {
  return JSON.stringify([type, id])
}
