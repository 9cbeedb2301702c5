import type { Actor, LogName, Mode, SectionPath } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** `[first seq, last seq]` of entries that follow one another; runs ascend. */
export type SeqRun = readonly [first: number, last: number]

export type ErasureCause = 'request' | 'retention'

/** Sections of entries that are to go, or have gone. */
export interface Erasure {
  readonly id: string
  readonly log: LogName
  /** Whether somebody asked for it, or a retention policy. */
  readonly cause: ErasureCause
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
  /** Why it could not be carried out when that was tried last; it is tried again. */
  readonly failure?: string
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
  readonly failure: string | null
  readonly cause: string
}

/** Erasures, kept for ever: they tell what was erased with leave from what was tampered with. */
export class ErasuresTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async add(erasure: Omit<Erasure, 'carriedOutAt' | 'certificate' | 'failure'>): Promise<void> {
    await this.#sql.of(erasure.log.organization_id).run(
      `INSERT INTO erasures (id, organization_id, mode, entry_id, sections, runs, entries, reason, legal_basis, requested_by,
           requested_at, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      erasure.cause,
    )
  }

  /** Notes that one was carried out. False when that was noted before. */
  async finish(id: string, carriedOutAt: number, certificate: string): Promise<boolean> {
    const changes = await this.#sql
      .of(EVERY_ORGANIZATION)
      .run(
        'UPDATE erasures SET carried_out_at = ?, certificate = ?, failure = NULL WHERE id = ? AND carried_out_at IS NULL',
        carriedOutAt,
        certificate,
        id,
      )
    return changes === 1
  }

  /** Notes why one could not be carried out. */
  async fail(id: string, failure: string): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE erasures SET failure = ? WHERE id = ? AND carried_out_at IS NULL', failure, id)
  }

  async find(organizationId: string, id: string): Promise<Erasure | undefined> {
    return (await this.#all(organizationId, 'organization_id = ? AND id = ?', organizationId, id))[0]
  }

  /** Of an organization, the newest first. */
  async list(organizationId: string): Promise<readonly Erasure[]> {
    return await this.#all(organizationId, 'organization_id = ?', organizationId)
  }

  /** Ids of the entries about erasures in a log. */
  async entryIds({ organization_id, mode }: LogName): Promise<readonly string[]> {
    const rows = await this.#sql
      .of(organization_id)
      .all<{ entry_id: string }>(
        'SELECT entry_id FROM erasures WHERE organization_id = ? AND mode = ? ORDER BY requested_at, id',
        organization_id,
        mode,
      )
    return rows.map(({ entry_id }) => entry_id)
  }

  /** Those that are not carried out yet, the oldest first. */
  async pending(): Promise<readonly Erasure[]> {
    return (await this.#all(EVERY_ORGANIZATION, 'carried_out_at IS NULL')).toReversed()
  }

  async #all(
    organizationId: string,
    condition: string,
    ...values: readonly string[]
  ): Promise<readonly Erasure[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<ErasureRow>(
        `SELECT * FROM erasures WHERE ${condition} ORDER BY requested_at DESC, id DESC`,
        ...values,
      )
    return rows.map(toErasure)
  }
}

function toErasure(row: ErasureRow): Erasure {
  return {
    id: row.id,
    log: { organization_id: row.organization_id, mode: row.mode as Mode },
    cause: row.cause as ErasureCause,
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
    ...(row.failure === null ? {} : { failure: row.failure }),
  }
}
