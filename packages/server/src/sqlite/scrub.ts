import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from './driver.js'

/** Larger files are not written anew: that would hold up their writer for more than a second. */
const REWRITTEN_BYTES_MAX = 128 * 2 ** 20

/**
 * Leaves nothing of what was deleted in the unused parts of a database's files. Deleted content is overwritten at once
 * where `secure_delete` is on; moving rows between pages may yet leave a copy in a page's free part, so that a file of up
 * to 128 MiB is written anew. Then the write-ahead log, which holds earlier pages, is emptied. Resolves false when a reader
 * kept that from being done: to be tried again.
 */
export async function scrubDatabase(database: Database): Promise<boolean> {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
    .get() as { bytes: number }
  if (bytes <= REWRITTEN_BYTES_MAX) database.exec('VACUUM')
  for (let attempt = 0; attempt < 20; attempt++) {
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    if (busy === 0) return true
    // Readers hold a page for milliseconds.
    await delay(25)
  }
  return false
}
