import type { Actor, LogName, Mode, SectionPath } from '@counterfoil/core'
import type { Database } from '../../sqlite/driver.js'

/** `[first seq, last seq]` of entries that follow one another; runs ascend. */
export type SeqRun = readonly [first: number, last: number]

/** Sections of entries that are to go, or have gone. */
export interface Erasure {
  readonly id: string
  readonly log: LogName
  /** The entry about it, which is in the log before anything goes. */
  readonly entryId: string
  readonly sections: readonly SectionPath[]
  readonly runs: readonly SeqRun[]
  /** How many entries. */
  readonly entries: number
  readonly reason: string
  readonly legalBasis: string
  readonly requestedBy: Actor
  /** Milliseconds since 1970, as all times here. */
  readonly requestedAt: number
  /** Undefined until nothing of it is left in any file. */
  readonly carriedOutAt?: number
  /** The signed note that says so. */
  readonly certificate?: string
}

interface ErasureRow {
  readonly id: string
  readonly organization_id: string
  readonly mode: string
  readonly entry_id: string
  readonly sections: string
  readonly runs: string
  readonly entries: number
  readonly reason: string
  readonly legal_basis: string
  readonly requested_by: string
  readonly requested_at: number
  readonly carried_out_at: number | null
  readonly certificate: string | null
}

/** Erasures, kept for ever: they tell what was erased with leave from what was tampered with. */
export class ErasuresTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  add(erasure: Omit<Erasure, 'carriedOutAt' | 'certificate'>): void {
    this.#database
      .prepare(
        `INSERT INTO erasures (id, organization_id, mode, entry_id, sections, runs, entries, reason, legal_basis, requested_by,
           requested_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        erasure.id,
        erasure.log.organization_id,
        erasure.log.mode,
        erasure.entryId,
        JSON.stringify(erasure.sections),
        JSON.stringify(erasure.runs),
        erasure.entries,
        erasure.reason,
        erasure.legalBasis,
        JSON.stringify(erasure.requestedBy),
        erasure.requestedAt,
      )
  }

  /** Notes that one was carried out. False when that was noted before. */
  finish(id: string, carriedOutAt: number, certificate: string): boolean {
    const { changes } = this.#database
      .prepare(
        'UPDATE erasures SET carried_out_at = ?, certificate = ? WHERE id = ? AND carried_out_at IS NULL',
      )
      .run(carriedOutAt, certificate, id)
    return Number(changes) === 1
  }

  find(organizationId: string, id: string): Erasure | undefined {
    return this.#all('organization_id = ? AND id = ?', organizationId, id)[0]
  }

  /** Of an organization, the newest first. */
  list(organizationId: string): readonly Erasure[] {
    return this.#all('organization_id = ?', organizationId)
  }

  /** Ids of the entries about erasures in a log. */
  entryIds({ organization_id, mode }: LogName): readonly string[] {
    const rows = this.#database
      .prepare(
        'SELECT entry_id FROM erasures WHERE organization_id = ? AND mode = ? ORDER BY requested_at, id',
      )
      .all(organization_id, mode) as { entry_id: string }[]
    return rows.map(({ entry_id }) => entry_id)
  }

  /** Those that are not carried out yet, the oldest first. */
  pending(): readonly Erasure[] {
    return this.#all('carried_out_at IS NULL').toReversed()
  }

  #all(condition: string, ...values: readonly string[]): readonly Erasure[] {
    const rows = this.#database
      .prepare(`SELECT * FROM erasures WHERE ${condition} ORDER BY requested_at DESC, id DESC`)
      .all(...values)
    return (rows as unknown as ErasureRow[]).map(toErasure)
  }
}

function toErasure(row: ErasureRow): Erasure {
  return {
    id: row.id,
    log: { organization_id: row.organization_id, mode: row.mode as Mode },
    entryId: row.entry_id,
    sections: JSON.parse(row.sections) as SectionPath[],
    runs: JSON.parse(row.runs) as SeqRun[],
    entries: row.entries,
    reason: row.reason,
    legalBasis: row.legal_basis,
    requestedBy: JSON.parse(row.requested_by) as Actor,
    requestedAt: row.requested_at,
    ...(row.carried_out_at === null ? {} : { carriedOutAt: row.carried_out_at }),
    ...(row.certificate === null ? {} : { certificate: row.certificate }),
  }
}
