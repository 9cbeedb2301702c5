import type { SqliteDriver, Statement } from './driver.js'

/** Zero bytes that have an address, so that they are not taken for NULL. */
const EMPTY = new Uint8Array(new ArrayBuffer(8), 0, 0)

/** Node's own SQLite, without what would surprise whoever uses it: see the two functions below. */
export async function importNodeSqlite(): Promise<SqliteDriver> {
  const name = 'node:sqlite'
  const module = await withoutExperimentalWarning(async () => (await import(name)) as SqliteDriver)
  return takesEmptyForNull(module) ? { ...module, DatabaseSync: withEmptyBlobs(module.DatabaseSync) } : module
}

/** Every command would begin with a warning that means nothing to whoever runs it. Warnings about anything else stay. */
async function withoutExperimentalWarning<T>(load: () => Promise<T>): Promise<T> {
  const { emitWarning } = process
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] === 'ExperimentalWarning' && `${warning}`.startsWith('SQLite')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  process.emitWarning = filtered as typeof process.emitWarning
  try {
    return await load()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Node.js 22 binds zero bytes as NULL when nothing was ever allocated for them; 24 does not. */
function takesEmptyForNull({ DatabaseSync }: SqliteDriver): boolean {
  const database = new DatabaseSync(':memory:')
  const bound = database.prepare('SELECT ? IS NULL AS lost').get(new Uint8Array(new ArrayBuffer(0)))
  database.close()
  return (bound as { lost: number }).lost === 1
}

/** The same connection, whose statements take zero bytes for zero bytes. */
function withEmptyBlobs(Connection: SqliteDriver['DatabaseSync']): SqliteDriver['DatabaseSync'] {
  return class extends Connection {
    override prepare(sql: string): Statement {
      const statement = super.prepare(sql)
      const bytesKept =
        <Result>(method: (...values: unknown[]) => Result) =>
        (...values: unknown[]): Result =>
          method.apply(statement, values.map(bindable))
      statement.run = bytesKept(statement.run)
      statement.get = bytesKept(statement.get)
      statement.all = bytesKept(statement.all)
      statement.iterate = bytesKept(statement.iterate)
      return statement
    }
  }
}

function bindable(value: unknown): unknown {
  return ArrayBuffer.isView(value) && value.byteLength === 0 ? EMPTY : value
}
