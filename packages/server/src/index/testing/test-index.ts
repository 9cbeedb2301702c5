import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Entry, formatMicroseconds, type LogName } from '@counterfoil/core'
import { anEntryContent } from '@counterfoil/core/testing'
import { type OpenSearchIndex, openSearchIndex } from '../open-search-index.js'
import { encodeIndexRow } from '../rows.js'
import type { IndexChunk } from '../search-index.js'

export interface TestIndex extends OpenSearchIndex {
  readonly directory: string
  /** Closes the index and removes its directory. */
  remove(): Promise<void>
}

/** A migrated index with an engine and a directory of its own. */
export async function openTestIndex(): Promise<TestIndex> {
  const directory = await mkdtemp(join(tmpdir(), 'counterfoil-index-'))
  const opened = openSearchIndex({ directory })
  await opened.index.migrate()
  const test: TestIndex = {
    ...opened,
    directory,
    async remove() {
      await this.index.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return test
}

/** The entries as consecutive rows of the journal, the first of them at `firstPosition`. */
export function chunkOf(entries: readonly Entry[], firstPosition: number): IndexChunk {
  const lines = entries.map((entry, place) => encodeIndexRow(firstPosition + place, entry))
  return {
    firstPosition,
    lastPosition: firstPosition + entries.length - 1,
    rowCount: entries.length,
    rows: Buffer.from(lines.join('')),
  }
}

export const TEST_LOG: LogName = { organization_id: '0190b7c2-7d1e-7f00-8000-00000000000a', mode: 'live' }

/** An entry of `TEST_LOG`, a millisecond after its predecessor. */
export function anIndexedEntry(seq: number, firstRecordedAt = Date.UTC(2026, 10, 21) * 1000): Entry {
  return {
    ...TEST_LOG,
    id: `0190b7c2-7d1e-7f00-8000-${seq.toString(16).padStart(12, '0')}`,
    seq,
    recorded_at: formatMicroseconds(firstRecordedAt + seq * 1_000),
    ...anEntryContent(),
  }
}
