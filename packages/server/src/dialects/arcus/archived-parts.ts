import { formatMicroseconds, type LogName } from '@counterfoil/core'
import type { RouteContext } from '../../http/route.js'
import type { ReadEntry } from '../../reading/reads.js'
import type { ArchiveTimes } from './entry-mapping.js'
import type { Expansion } from './expand.js'

interface ArchivedPart {
  /** Of entries that follow one another; they ascend. */
  readonly runs: readonly (readonly [first: number, last: number])[]
  /** Milliseconds since 1970. */
  readonly archivedAt: number
}

/** Which parts of a log were archived, and when. */
export class ArchivedParts implements ArchiveTimes {
  readonly #parts: readonly ArchivedPart[]

  private constructor(parts: readonly ArchivedPart[]) {
    this.#parts = parts
  }

  /** Those of a log that these entries may be in; none where nobody is going to ask. */
  static async find(
    { access }: RouteContext,
    log: LogName,
    expansion: Expansion,
    entries: readonly Pick<ReadEntry, 'seq'>[],
  ): Promise<ArchivedParts> {
    if (![...expansion].some((path) => path.endsWith('chain'))) return new ArchivedParts([])
    const parts: ArchivedPart[] = []
    for (const { made } of await access.retention.archives(log)) {
      if (made === undefined || !entries.some(({ seq }) => made.first <= seq && seq < made.end)) continue
      const { first, end, erasureId, archivedAt } = made
      const erasure =
        erasureId === undefined ? undefined : await access.erasures.find(log.organization_id, erasureId)
      parts.push({ runs: erasure?.runs ?? [[first, end - 1]], archivedAt })
    }
    return new ArchivedParts(parts)
  }

  timeOf(seq: number): string | undefined {
    const times = this.#parts
      .filter(({ runs }) => runs.some(([first, last]) => first <= seq && seq <= last))
      .map(({ archivedAt }) => archivedAt)
    return times.length === 0 ? undefined : formatMicroseconds(Math.min(...times) * 1_000)
  }
}
