import { rmSync } from 'node:fs'
import { openAccessStore } from '../access/open-access-store.js'
import { openIntegerIds } from '../catalogue/open-catalogue.js'
import { openForWriting as makeJournal } from '../journal/sqlite/schema.js'
import type { S3Place } from '../ledger/s3/s3-ledger.js'
import { openSqliteLedger } from '../ledger/sqlite/sqlite-ledger.js'
import { copyAccess, copyCatalogue } from '../moving/copy-access.js'
import { copyFromObjects, type JournalSizes } from '../moving/copy-from-objects.js'
import { copyJournal } from '../moving/copy-journal.js'
import { copyLedger } from '../moving/copy-ledger.js'
import { copySigner } from '../moving/copy-signer.js'
import { openSqliteTarget, type Side } from '../moving/side.js'
import { openSqliteSignerStore } from '../signer/sqlite/sqlite-signer-store.js'
import { copyDatabase, openDatabase } from '../sqlite/driver.js'
import type { FileKind } from './snapshots.js'

/** A store that is in no file. */
export type CopiedStore =
  | { readonly kind: 'tables'; readonly side: Side }
  /** Nothing is held of these: they stay as they were put. */
  | { readonly kind: 'objects'; readonly place: S3Place }

/**
 * Writes a store into a new file of the form that it has in a data directory, row by row as it rests. `sizes` is how far the journal
 * reaches that goes with it.
 */
export async function copyStore(
  kind: FileKind,
  store: CopiedStore,
  path: string,
  sizes: JournalSizes,
  onProgress: (doneShare: number) => void,
): Promise<void> {
  const draft = `${path}.draft`
  try {
    await makeFile(kind, draft)
    const target = await openSqliteTarget(draft)
    try {
      // Nobody misses the draft after a power cut.
      await target.all('PRAGMA synchronous = OFF')
      if (store.kind === 'objects') await copyFromObjects(store.place, target, sizes)
      else await copyTables(kind, store.side, target, onProgress)
    } finally {
      await target.close()
    }
    // A connection lives on until its statements are collected, and with it the write-ahead log: the file itself never had one.
    const filled = await openDatabase(draft, { readOnly: true })
    await copyDatabase(filled, path, () => undefined).finally(() => filled.close())
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true })
  }
}

async function makeFile(kind: FileKind, path: string): Promise<void> {
  switch (kind) {
    case 'journal':
      // What was fixed when the journal was made comes with its rows.
      return (await makeJournal({ path, originHost: '' })).close()
    case 'ledger':
      return (await openSqliteLedger(path)).close()
    case 'signer':
      return (await openSqliteSignerStore(path, new Uint8Array(32))).close()
    case 'access':
      return (await openAccessStore({ kind: 'sqlite', path })).close()
    case 'catalogue':
      return (await openIntegerIds({ kind: 'sqlite', path })).close()
  }
}

async function copyTables(
  kind: FileKind,
  source: Side,
  target: Side,
  onProgress: (doneShare: number) => void,
): Promise<void> {
  switch (kind) {
    case 'journal':
      await copyJournal({
        source,
        target,
        // A backup has no index.
        index: '',
        onProgress: (position, last) => onProgress(position / Math.max(1, last)),
      })
      return
    case 'ledger':
      await copyLedger(source, target)
      return
    case 'signer':
      await copySigner(source, target)
      return
    case 'access':
      return copyAccess(source, target)
    case 'catalogue':
      return copyCatalogue(source, target)
  }
}
