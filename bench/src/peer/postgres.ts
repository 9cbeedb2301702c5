import { startEmbeddedServer } from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { Client } from 'pg'

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
  const server = await startEmbeddedServer(POSTGRES_SETTINGS)
  const connect = async () => {
    const client = new Client(server.url('postgres'))
    await client.connect()
    return client
  }
  return { connect, stop: () => server.remove() }
}
