import type { Actor, LogName, Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** What goes of entries that need not be kept: what they say, or all of them. */
export const REMOVES = ['content', 'entries'] as const
export type Removes = (typeof REMOVES)[number]

/** How long entries of a log are kept. Without a policy everything is. */
export interface RetentionPolicy {
  readonly log: LogName
  /** Entries of this category alone; null for all that have no policy of their own. */
  readonly category: string | null
  /** Entries older than this go; null for however old. */
  readonly keepDays: number | null
  /** The oldest entries go while the log takes more than this; null for however much. */
  readonly keepBytes: number | null
  readonly removes: Removes
  /** Whether what goes is archived first. */
  readonly archive: boolean
}

/** Nothing under a hold goes, whatever a policy says. */
export interface LegalHold {
  readonly id: string
  readonly log: LogName
  readonly name: string
  /** Why; it stands in the log. */
  readonly reason: string
  /** Search text that selects entries, times included; empty for every entry. */
  readonly query: string
  readonly madeBy: Actor
  /** Milliseconds since 1970, as all times here. */
  readonly madeAt: number
  readonly liftedAt?: number
}

/** Where something was archived. */
export interface Archived {
  readonly place: string
  /** SHA-256 over the names and digests of its files, 64 hex digits. */
  readonly digest: string
  readonly bytes: number
  readonly archivedAt: number
}

/** Which entries an archive holds: all from `first` to `end` - 1, or those between that an erasure names. */
export interface ArchivedEntries {
  readonly first: number
  readonly end: number
  /** How many; left out in archives of before there were any that leave entries out. */
  readonly entries?: number
  readonly erasureId?: string
}

/** A part of a log that is to be archived, or was. */
export interface Archive {
  readonly id: string
  readonly log: LogName
  /** What it was asked for: entries recorded within these times, microseconds since 1970, both included; null for no bound. */
  readonly times: { readonly from: number | null; readonly to: number | null }
  readonly askedBy: Actor
  readonly askedAt: number
  /** Once it was made: what it holds, and where it is. */
  readonly made?: Archived & ArchivedEntries
  /** Why it could not be made. */
  readonly failure?: string
  readonly endedAt?: number
}

/** The beginning of a log that is to go, or has gone. */
export interface Prune {
  readonly id: string
  readonly log: LogName
  /** The entry about it, which is in the log before anything goes. */
  readonly entryId: string
  readonly from: number
  readonly to: number
  readonly root: string
  readonly lastHash: string
  readonly archived?: Archived
  readonly requestedAt: number
  readonly endedAt?: number
  /** Why it was not carried out: a hold was made in between. */
  readonly stopped?: string
}

/** A look at what need not be kept any more, asked for or due. */
export interface RetentionRun {
  readonly id: string
  readonly log: LogName
  readonly askedBy: Actor
  readonly askedAt: number
  readonly endedAt?: number
  readonly outcome?: string
}

interface Row {
  readonly id: string
  readonly organization_id: string
  readonly mode: string
  readonly body: string
  readonly ended_at?: number | null
}

type PolicyRow = Omit<Row, 'id'> & { readonly category: string }

/** Policies, holds, and what was done by them. Prunes and holds are kept for ever. */
export class RetentionTables {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async setPolicy({ log, category, ...policy }: RetentionPolicy): Promise<void> {
    await this.#sql.of(log.organization_id).run(
      `INSERT INTO retention_policies (organization_id, mode, category, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (organization_id, mode, category) DO UPDATE SET body = excluded.body`,
      ...[log.organization_id, log.mode, category ?? '', JSON.stringify(policy)],
    )
  }

  async removePolicy(log: LogName, category: string | null): Promise<void> {
    await this.#sql
      .of(log.organization_id)
      .run(
        'DELETE FROM retention_policies WHERE organization_id = ? AND mode = ? AND category = ?',
        ...[log.organization_id, log.mode, category ?? ''],
      )
  }

  /** Of one log, that for all categories first. */
  async policies({ organization_id, mode }: LogName): Promise<readonly RetentionPolicy[]> {
    const rows = await this.#sql
      .of(organization_id)
      .all<PolicyRow>(
        `SELECT * FROM retention_policies WHERE ${OF_LOG} ORDER BY category`,
        ...[organization_id, mode],
      )
    return rows.map(toPolicy)
  }

  async allPolicies(): Promise<readonly RetentionPolicy[]> {
    const rows = await this.#sql
      .of(EVERY_ORGANIZATION)
      .all<PolicyRow>('SELECT * FROM retention_policies ORDER BY organization_id, mode, category')
    return rows.map(toPolicy)
  }

  async addHold({ id, log, liftedAt: _, ...hold }: LegalHold): Promise<void> {
    await this.#insert('legal_holds', id, log, hold)
  }

  /** Notes that a hold was lifted. False when it was before. */
  async liftHold(id: string, at: number): Promise<boolean> {
    const statement = 'UPDATE legal_holds SET ended_at = ? WHERE id = ? AND ended_at IS NULL'
    return (await this.#sql.of(EVERY_ORGANIZATION).run(statement, at, id)) === 1
  }

  async findHold(organizationId: string, id: string): Promise<LegalHold | undefined> {
    return (await this.#holds(organizationId, 'organization_id = ? AND id = ?', organizationId, id))[0]
  }

  /** All that were ever made for a log, the newest first. */
  async holds({ organization_id, mode }: LogName): Promise<readonly LegalHold[]> {
    return this.#holds(organization_id, OF_LOG, organization_id, mode)
  }

  async addPrune({ id, log, endedAt: _, ...prune }: Prune): Promise<void> {
    await this.#insert('prunes', id, log, prune)
  }

  /** Notes that one was carried out, or why it was not. */
  async endPrune({ id, log, endedAt: _, ...prune }: Prune, at: number): Promise<void> {
    await this.#end('prunes', id, log, prune, at)
  }

  /** Those that are not carried out yet, the oldest first. */
  async pendingPrunes(): Promise<readonly Prune[]> {
    return this.#pending<Prune>('prunes')
  }

  /** Of one log, the newest first. */
  async prunes(log: LogName): Promise<readonly Prune[]> {
    return this.#ofLog<Prune>('prunes', log)
  }

  /** Ids of the entries about pruning a log. */
  async pruneEntryIds(log: LogName): Promise<readonly string[]> {
    return (await this.prunes(log)).map(({ entryId }) => entryId)
  }

  async addArchive({ id, log, endedAt: _, ...archive }: Archive): Promise<void> {
    await this.#insert('archives', id, log, archive)
  }

  /** Notes that one was made, or why it was not. */
  async endArchive({ id, log, endedAt: _, ...archive }: Archive, at: number): Promise<void> {
    await this.#end('archives', id, log, archive, at)
  }

  /** Those that were asked for and not made yet, the oldest first. */
  async pendingArchives(): Promise<readonly Archive[]> {
    return this.#pending<Archive>('archives')
  }

  /** Of one log, the newest first. */
  async archives(log: LogName): Promise<readonly Archive[]> {
    return this.#ofLog<Archive>('archives', log)
  }

  async addRun({ id, log, endedAt: _, ...run }: RetentionRun): Promise<void> {
    await this.#insert('retention_runs', id, log, run)
  }

  async endRun({ id, log, ...run }: RetentionRun, at: number, outcome: string): Promise<void> {
    await this.#end('retention_runs', id, log, { ...run, outcome }, at)
  }

  /** Those that were asked for and not made yet, the oldest first. */
  async pendingRuns(): Promise<readonly RetentionRun[]> {
    return this.#pending<RetentionRun>('retention_runs')
  }

  /** The last few of a log, the newest first. */
  async runs(log: LogName): Promise<readonly RetentionRun[]> {
    return (await this.#ofLog<RetentionRun>('retention_runs', log)).slice(0, RUNS_SHOWN)
  }

  async #holds(
    organizationId: string,
    condition: string,
    ...values: readonly string[]
  ): Promise<readonly LegalHold[]> {
    const found = await this.#all<LegalHold>('legal_holds', organizationId, condition, ...values)
    return found.map((one) => ({
      ...withoutEnd(one),
      ...(one.endedAt === null ? {} : { liftedAt: one.endedAt }),
    }))
  }

  async #insert(table: Table, id: string, { organization_id, mode }: LogName, body: object): Promise<void> {
    await this.#sql
      .of(organization_id)
      .run(
        `INSERT INTO ${table} (id, organization_id, mode, body) VALUES (?, ?, ?, ?)`,
        ...[id, organization_id, mode, JSON.stringify(body)],
      )
  }

  /** Notes how one ended, once. */
  async #end(table: Table, id: string, log: LogName, body: object, at: number): Promise<void> {
    const statement = `UPDATE ${table} SET body = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL`
    await this.#sql.of(log.organization_id).run(statement, JSON.stringify(body), at, id)
  }

  /** Those that have not ended, the oldest first. */
  async #pending<Body>(table: Table) {
    return (await this.#all<Body>(table, EVERY_ORGANIZATION, 'ended_at IS NULL')).map(withoutEnd).toReversed()
  }

  /** The newest first. */
  async #ofLog<Body>(table: Table, { organization_id, mode }: LogName) {
    const found = await this.#all<Body>(table, organization_id, OF_LOG, organization_id, mode)
    return found.map((one) => ({ ...withoutEnd(one), ...ended(one) }))
  }

  /** Ids are version 7, so that the newest come first. */
  async #all<Body>(
    table: Table,
    about: string,
    condition: string,
    ...values: readonly string[]
  ): Promise<readonly Found<Body>[]> {
    const rows = await this.#sql
      .of(about)
      .all<Row>(`SELECT * FROM ${table} WHERE ${condition} ORDER BY id DESC`, ...values)
    return rows.map((row) => ({
      id: row.id,
      log: logOf(row),
      endedAt: row.ended_at ?? null,
      body: JSON.parse(row.body) as Omit<Body, 'id' | 'log'>,
    }))
  }
}

interface Found<Body> {
  readonly id: string
  readonly log: LogName
  readonly endedAt: number | null
  readonly body: Omit<Body, 'id' | 'log'>
}

function withoutEnd<Body>({
  id,
  log,
  body,
}: Found<Body>): Omit<Body, 'id' | 'log'> & Pick<Found<Body>, 'id' | 'log'> {
  return { ...body, id, log }
}

function ended({ endedAt }: { readonly endedAt: number | null }): { readonly endedAt?: number } {
  return endedAt === null ? {} : { endedAt }
}

const OF_LOG = 'organization_id = ? AND mode = ?'
type Table = 'legal_holds' | 'prunes' | 'retention_runs' | 'archives'
const RUNS_SHOWN = 20

function toPolicy({ body, category, ...row }: PolicyRow): RetentionPolicy {
  return {
    ...(JSON.parse(body) as Omit<RetentionPolicy, 'log' | 'category'>),
    log: logOf(row),
    category: category === '' ? null : category,
  }
}

function logOf({ organization_id, mode }: Pick<Row, 'organization_id' | 'mode'>): LogName {
  return { organization_id, mode: mode as Mode }
}
