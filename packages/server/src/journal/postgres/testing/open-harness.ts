import { createTestDatabase } from '../../../postgres/testing/test-database.js'
import type { JournalHarness } from '../../conformance.js'
import { openPostgresJournal } from '../postgres-journal.js'
import { openPostgresJournalReader } from '../postgres-rows.js'
import type { JournalDatabase } from '../schema.js'

let shared: Promise<string> | undefined
let schemas = 0

/** An empty journal's place: a schema of its own, which is made faster than a database. */
export async function emptyPlace(): Promise<Required<JournalDatabase>> {
  shared ??= createTestDatabase()
  return { url: await shared, schema: `journal_${++schemas}` }
}

/** Opens a journal and its reader on a place. */
export async function openHarness(place: JournalDatabase): Promise<JournalHarness> {
  let now = 1_795_000_000_000_000
  const settings = { ...place, index: 'test' }
  const journal = await openPostgresJournal({ ...settings, originHost: 'test.local', now: () => now })
  const reader = await openPostgresJournalReader({ ...settings, purpose: 'test' })
  const closeBoth = async () => {
    await reader.close()
    await journal.close()
  }
  return {
    journal,
    reader,
    setNow: (us) => {
      now = us
    },
    reopen: async () => {
      await closeBoth()
      return openHarness(place)
    },
    close: closeBoth,
  }
}
