import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Entry, formatMicroseconds, type LogName } from '@counterfoil/core'
import { anEntryContent } from '@counterfoil/core/testing'
import { openSearchIndex } from '../open-search-index.js'
import { encodeIndexRow } from '../rows.js'
import type { IndexChunk, SearchIndex } from '../search-index.js'
import { askServer, TestClickHouse } from './clickhouse-server.js'

export interface TestIndex {
  readonly index: SearchIndex
  readonly directory: string
  /** Ends the engine's process as kill -9 does; it comes back by itself. */
  kill(): void
  /** The engine's answer to a statement, as tab-separated text. */
  ask(sql: string): Promise<string>
  /** Closes the index, does something to its files, and opens it again. */
  reopen(between?: () => Promise<void>): Promise<void>
  /** Closes the index and removes its directory. */
  remove(): Promise<void>
}

/** How an index is reached: in the box, or by a URL as a ClickHouse server. */
export const INDEX_KINDS = ['embedded', 'server'] as const
export type IndexKind = (typeof INDEX_KINDS)[number]

/** A migrated index with an engine and a directory of its own. */
export async function openTestIndex(kind: IndexKind = 'embedded'): Promise<TestIndex> {
  const test = kind === 'embedded' ? await openEmbedded() : await openByUrl()
  await test.index.migrate()
  return test
}

async function openEmbedded(): Promise<TestIndex> {
  const directory = await mkdtemp(join(tmpdir(), 'counterfoil-index-'))
  let opened = openSearchIndex({ directory })
  return {
    directory,
    get index() {
      return opened.index
    },
    kill: () => process.kill(opened.engine?.pid ?? 0, 'SIGKILL'),
    ask: async (sql) => {
      if (opened.engine === undefined) throw new Error('there is no engine')
      return askServer(await opened.engine.address(), sql)
    },
    reopen: async (between) => {
      await opened.index.close()
      await between?.()
      opened = openSearchIndex({ directory })
    },
    remove: async () => {
      await opened.index.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function openByUrl(): Promise<TestIndex> {
  const server = await TestClickHouse.open()
  const { user, password, directory } = server
  const open = () => openSearchIndex({ url: server.url, user, password }).index
  let index = open()
  return {
    directory,
    get index() {
      return index
    },
    kill: () => server.kill(),
    ask: (sql) => server.ask(sql),
    reopen: async (between) => {
      await index.close()
      await server.stop()
      await between?.()
      await server.start()
      index = open()
    },
    remove: async () => {
      await index.close()
      await server.remove()
    },
  }
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
