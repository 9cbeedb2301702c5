import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdmittedEntry, admitEntries, type LogName, type SectionPath } from '@counterfoil/core'
import type { Journal, JournalReader } from '../../journal/journal.js'
import { openPostgresJournal } from '../../journal/postgres/postgres-journal.js'
import { openPostgresJournalReader } from '../../journal/postgres/postgres-rows.js'
import type { JournalDatabase } from '../../journal/postgres/schema.js'
import { openSqliteJournal } from '../../journal/sqlite/sqlite-journal.js'
import { openSqliteJournalReader } from '../../journal/sqlite/sqlite-reader.js'
import type { LedgerReader } from '../../ledger/ledger.js'
import { openSqliteLedger, openSqliteLedgerReader } from '../../ledger/sqlite/sqlite-ledger.js'
import { LogSigner } from '../../signer/log-signer.js'
import { LogKeys } from '../../signer/signing-keys.js'
import { openSqliteSignerStore } from '../../signer/sqlite/sqlite-signer-store.js'
import { EvidenceKeeper, type EvidenceStep } from '../evidence-keeper.js'

export const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
export const ORIGIN = 'counterfoil.local/log/01930000-0000-7000-8000-00000000000a/live/0'
const ROOT = new Uint8Array(32).fill(7)
export const KEYS = new LogKeys(ROOT)

/** A journal, a ledger and a signer on files of a directory, without threads and without a server. */
export interface KeeperFixture {
  readonly directory: string
  readonly journal: Journal
  readonly reader: JournalReader
  readonly ledger: LedgerReader
  readonly keeper: EvidenceKeeper
  readonly signer: LogSigner
  /** Records `count` entries in one batch. */
  record(count: number, log?: LogName): Promise<void>
  /** Brings a log as far as the journal is. */
  advance(log?: LogName): Promise<void>
  close(): Promise<void>
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'counterfoil-evidence-'))
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true })
}

export async function openKeeperFixture(
  directory: string,
  onStep: (step: EvidenceStep) => void = () => undefined,
  idRunEntries?: number,
  database?: JournalDatabase,
): Promise<KeeperFixture> {
  const at = (file: string) => join(directory, file)
  const now = () => Date.now() * 1000
  const resting = () => openSqliteLedgerReader(at('ledger.db'))
  const more = {
    originHost: 'counterfoil.local',
    now,
    resting,
    ...(idRunEntries === undefined ? {} : { idRunEntries }),
  }
  const inDatabase = database === undefined ? undefined : { ...database, index: 'test' }
  const journal =
    inDatabase === undefined
      ? await openSqliteJournal({ ...more, path: at('journal.db'), diskReserveBytes: 0 })
      : await openPostgresJournal({ ...more, ...inDatabase })
  const reader =
    inDatabase === undefined
      ? await openSqliteJournalReader(at('journal.db'), resting)
      : await openPostgresJournalReader({ ...inDatabase, purpose: 'test' }, resting)
  const writer = await openSqliteLedger(at('ledger.db'))
  const ledger = await openSqliteLedgerReader(at('ledger.db'))
  const store = await openSqliteSignerStore(at('signer.db'), ROOT)
  const signer = await LogSigner.open(store, KEYS)
  const keeper = new EvidenceKeeper({ journal: reader, ledger: writer, ledgerReader: ledger, signer, onStep })
  return {
    directory,
    journal,
    reader,
    ledger,
    keeper,
    signer,
    record: async (count, log = LOG) => {
      const [outcome] = (await journal.append([{ log, entries: someEntries(count) }])).outcomes
      if (outcome?.kind !== 'recorded') throw new Error(`not recorded: ${outcome?.kind}`)
    },
    advance: async (log = LOG) => {
      for (let logs: readonly LogName[] = [log]; logs.length > 0; ) {
        const { unfinished, failures } = await keeper.advance(logs)
        if (failures[0] !== undefined) throw failures[0].error
        logs = unfinished
      }
    },
    close: async () => {
      await store.close()
      // Readers first: the last to close brings what is in the WAL into the file, if it may write.
      await Promise.all([reader.close(), ledger.close()])
      await Promise.all([journal.close(), writer.close()])
    },
  }
}

let counter = 0
export function someEntries(count: number, action = 'order.created'): AdmittedEntry[] {
  return Array.from({ length: count }, () => {
    const body = {
      action,
      actor: { type: 'user', id: `u${++counter}` },
      metadata: { counter },
    }
    const admission = admitEntries(Buffer.from(JSON.stringify(body)), 'json')
    if (!admission.admitted) throw new Error('not admitted')
    return admission.entries[0] as AdmittedEntry
  })
}

/** An entry that records an erasure, which whoever verifies holds what is gone against. */
export function anErasureEntry(sections: readonly SectionPath[], seqs: readonly number[]): AdmittedEntry {
  const metadata = { sections, seqs: seqs.map((seq) => [seq, seq]) }
  const entry = { action: 'log.redacted', source: { name: 'counterfoil' }, metadata }
  const admission = admitEntries(Buffer.from(JSON.stringify(entry)), 'json')
  if (!admission.admitted) throw new Error(JSON.stringify(admission.problems))
  return admission.entries[0] as AdmittedEntry
}
