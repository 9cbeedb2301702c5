import type { Resource } from '@counterfoil/core'
import type { Caller, RouteContext } from '../../http/route.js'
import { allOf } from '../../http/selection-parameters.js'
import type { ReadEntry } from '../../reading/reads.js'

/** Rows that one relation is expanded to; what is beyond stays a reference, marked `truncated`. */
export const EXPANDED_ROWS_MAX = 100
/** Look-ups at a time: a page must not take the whole index to itself. */
const LOOKUPS_AT_ONCE = 4

/** The newest entries about resources. */
export class LatestEntries {
  static readonly NONE = new LatestEntries(new Map())
  readonly #found: ReadonlyMap<string, ReadEntry | undefined>

  private constructor(found: ReadonlyMap<string, ReadEntry | undefined>) {
    this.#found = found
  }

  /**
   * Looks up the newest entry that the caller may see about each resource of `entries`, for the first
   * `EXPANDED_ROWS_MAX` of them. A resource without id is no row that could be looked up.
   */
  static async find(
    { reads }: RouteContext,
    { log, ownFilter }: Caller,
    entries: readonly ReadEntry[],
  ): Promise<LatestEntries> {
    const wanted = new Map<string, Required<Pick<Resource, 'type' | 'id'>>>()
    for (const { resource } of entries) {
      if (resource?.id === undefined || wanted.size >= EXPANDED_ROWS_MAX) continue
      wanted.set(keyOf(resource), { type: resource.type, id: resource.id })
    }
    const found = new Map<string, ReadEntry | undefined>()
    const waiting = wanted.entries()
    const work = async () => {
      for (const [key, { type, id }] of waiting) {
        const filter = allOf([
          ...(ownFilter === undefined ? [] : [ownFilter]),
          { op: 'equals', field: 'resource.type', values: [type] },
          { op: 'equals', field: 'resource.id', values: [id] },
        ])
        const page = await reads.page({
          log,
          ...(filter === undefined ? {} : { filter }),
          order: 'newest_first',
          limit: 1,
        })
        found.set(key, page.entries[0])
      }
    }
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work))
    return new LatestEntries(found)
  }

  /** The newest entry about a resource; undefined when none could be found. */
  of(resource: Resource): ReadEntry | 'beyond_limit' | undefined {
    if (resource.id === undefined) return undefined
    const key = keyOf(resource)
    return this.#found.has(key) ? this.#found.get(key) : 'beyond_limit'
  }
}

function keyOf({ type, id }: Resource): string {
  return JSON.stringify([type, id])
}
