import { join } from 'node:path'
import { openPostgres } from '../../../postgres/postgres.js'
import { openDatabase } from '../../../sqlite/driver.js'
import type { TestServer } from '../../../testing/test-server.js'

/** Looks from outside at how many entries about ourselves a server has ever committed. */
export interface OutboxObserver {
  notesEver(): Promise<number>
  close(): Promise<void>
}

export async function observeOutbox({ environment, directory }: TestServer): Promise<OutboxObserver> {
  const url = environment.COUNTERFOIL_DATABASE_URL
  if (url !== undefined) {
    const postgres = await openPostgres({ url, purpose: 'test', asOwner: true })
    const text = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS seq FROM outbox_position_seq'
    return {
      notesEver: async () => (await postgres.query<{ seq: number }>(text)).rows[0]?.seq ?? 0,
      close: () => postgres.close(),
    }
  }
  const database = await openDatabase(join(directory, 'access.db'), { readOnly: true })
  const statement = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
  return {
    notesEver: async () => (statement.get() as { seq: number } | undefined)?.seq ?? 0,
    close: async () => database.close(),
  }
}
