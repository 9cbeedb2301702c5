import { formatMicroseconds, type LogName } from '@counterfoil/core'
import type { RouteContext } from '../../http/route.js'
import type { Expansion } from './expand.js'

interface ArchivedPart {
  readonly first: number
  readonly end: number
  /** Milliseconds since 1970. */
  readonly archivedAt: number
}

/** Which parts of a log were archived, and when. */
export class ArchivedParts {
  readonly #parts: readonly ArchivedPart[]

  private constructor(parts: readonly ArchivedPart[]) {
    this.#parts = parts
  }

  /** Those of a log; none where nobody is going to ask. */
  static async find({ access }: RouteContext, log: LogName, expansion: Expansion): Promise<ArchivedParts> {
    if (![...expansion].some((path) => path.endsWith('chain'))) return new ArchivedParts([])
    const archives = await access.retention.archives(log)
    return new ArchivedParts(archives.flatMap(({ made }) => (made === undefined ? [] : [made])))
  }

  /** When an entry was archived first; undefined when it never was. */
  timeOf(seq: number): string | undefined {
    const times = this.#parts
      .filter(({ first, end }) => first <= seq && seq < end)
      .map(({ archivedAt }) => archivedAt)
    return times.length === 0 ? undefined : formatMicroseconds(Math.min(...times) * 1_000)
  }
}
