/** What a column holds: SQLite's types, of which PostgreSQL has the same. Times and counts are integers below 2^53. */
export type SqlValue = string | number | Uint8Array | null

/** In place of an organization's id: statements about all of them. */
export const EVERY_ORGANIZATION = '*'

/**
 * Where statements go: a database, or one transaction of it. Texts are of the subset that SQLite and PostgreSQL share;
 * `?` stands for the next value, and `?2` for the second one wherever it is.
 */
export interface Sql {
  /**
   * The same for statements about one organization, or about `EVERY_ORGANIZATION`. PostgreSQL then shows them the rows of that
   * organization alone, whatever they ask for; statements that are about nobody see no row that belongs to an organization.
   */
  of(organizationId: string): Sql
  all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>
  /** The first row; undefined when there is none. */
  get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined>
  /** How many rows were changed. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>
  /**
   * The same statement with each of the rows of values; all of it, or nothing. Outside of a transaction it is for what nobody
   * remembers, such as when something was used last: it waits for no transaction, and `version` stays.
   */
  runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void>
}

/** A database that several processes may have open. */
export interface SqlDatabase extends Sql {
  /**
   * Runs `work` in one durable transaction, one after the other over all processes, and rolls back when it throws. What it
   * reads and writes goes through the `Sql` it is given: the database itself shows nothing of it before it is committed.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Whether `version` lies in a table, where transactions of others in the same database see it. */
  readonly isVersionInTable: boolean
  /** Another number after every transaction of somebody else, and perhaps after one of our own. Of databases that are opened for it. */
  version(): Promise<number>
  /** Leaves nothing of what was deleted in unused parts of files. False: ask again. */
  scrub(): Promise<boolean>
  close(): Promise<void>
}
