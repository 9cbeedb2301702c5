import type * as Photostructure from '@photostructure/sqlite'

/** The parts of `node:sqlite` that are used; its types are those of the package with the same API. */
export interface NodeSqlite {
  readonly DatabaseSync: typeof Photostructure.DatabaseSync
  readonly backup: typeof Photostructure.backup
}

type Database = Photostructure.DatabaseSyncInstance
type Statement = Photostructure.StatementSyncInstance

/** Zero bytes that have an address, so that they are not taken for NULL. */
const EMPTY = new Uint8Array(new ArrayBuffer(8), 0, 0)

/** Node's own SQLite, without what would surprise whoever uses it: see the two functions below. */
export async function importNodeSqlite(): Promise<NodeSqlite> {
  const name = 'node:sqlite'
  const module = await withoutExperimentalWarning(async () => (await import(name)) as NodeSqlite)
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
function takesEmptyForNull({ DatabaseSync }: NodeSqlite): boolean {
  const database = new DatabaseSync(':memory:')
  const bound = database.prepare('SELECT ? IS NULL AS lost').get(new Uint8Array(new ArrayBuffer(0)))
  database.close()
  return (bound as { lost: number }).lost === 1
}

/** The same connection, whose statements take zero bytes for zero bytes. */
function withEmptyBlobs(Connection: NodeSqlite['DatabaseSync']): NodeSqlite['DatabaseSync'] {
  const Plain = Connection as new (...args: unknown[]) => Database
  return class extends Plain {
    override prepare(sql: string): Statement {
      const statement = super.prepare(sql)
      for (const method of ['run', 'get', 'all', 'iterate'] as const) {
        const plain = statement[method].bind(statement) as (...values: unknown[]) => never
        statement[method] = (...values: unknown[]) => plain(...values.map(bindable))
      }
      return statement
    }
  } as NodeSqlite['DatabaseSync']
}

function bindable(value: unknown): unknown {
  return ArrayBuffer.isView(value) && value.byteLength === 0 ? EMPTY : value
}
