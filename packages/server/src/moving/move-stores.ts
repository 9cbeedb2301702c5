import assert from 'node:assert/strict'
import { AppError } from '@counterfoil/core'
import { type AccessPlace, openAccessStore } from '../access/open-access-store.js'
import { type CataloguePlace, openIntegerIds } from '../catalogue/open-catalogue.js'
import type { JournalPlace } from '../journal/open-journal.js'
import { openForWriting as makePostgresJournal } from '../journal/postgres/schema.js'
import { openForWriting as makeSqliteJournal } from '../journal/sqlite/schema.js'
import { type LedgerPlace, openLedger } from '../ledger/open-ledger.js'
import type { S3Place } from '../ledger/s3/s3-ledger.js'
import { openSignerStore, SIGNER_SCHEMA, type SignerPlace } from '../signer/open-signer-store.js'
import { copyAccess, copyCatalogue } from './copy-access.js'
import { copyFromObjects, type JournalSizes, sizesIn } from './copy-from-objects.js'
import { copyJournal } from './copy-journal.js'
import { copyLedger, LEDGER_TABLES } from './copy-ledger.js'
import { copyLedgerObjects } from './copy-ledger-objects.js'
import { copySigner } from './copy-signer.js'
import { openPostgresSide, openSqliteSource, openSqliteTarget, type Side } from './side.js'

/** Where everything of an installation is that moves together. */
export interface Places {
  readonly access: AccessPlace
  readonly catalogue: CataloguePlace
  readonly journal: JournalPlace
  readonly ledger: LedgerPlace
  readonly signer: SignerPlace
}

export interface Move {
  readonly from: Places
  readonly to: Places
  /** Host part of log origins, for a journal that is made. */
  readonly originHost: string
  /** Which search index's progress goes along. */
  readonly index: string
  readonly onProgress: (position: number, lastPosition: number) => void
}

/** Copies what is recorded and what rests, as it is now; gives how many rows and objects were written. */
export async function copyRecords(move: Move): Promise<number> {
  const { from, to, originHost, index, onProgress } = move
  // What was cut from the journal is in the ledger for certain, when the ledger is looked at after the journal.
  if (isSame(from.journal, to.journal)) return copyResting(from, to)
  // Else the journal would have to be looked at while it is copied.
  assert(from.ledger.kind !== 's3' || isSame(from.ledger, to.ledger), 'a ledger leaves a bucket alone')
  const rows = await between(
    () => openSide(from.journal, 'source'),
    async () => {
      await makeJournal(to.journal, originHost)
      return openSide(to.journal, 'target')
    },
    (source, target) => copyJournal({ source, target, index, onProgress }),
  )
  return rows + (await copyResting(from, to))
}

/** The ledger; gives how many objects were written. */
async function copyResting(from: Places, to: Places): Promise<number> {
  if (isSame(from.ledger, to.ledger)) return 0
  if (to.ledger.kind === 's3') return copyToObjects(from.ledger, to.ledger)
  if (from.ledger.kind === 's3') return copyOutOfObjects(from.ledger, from.journal, to.ledger)
  return between(
    () => openSide(from.ledger, 'source'),
    async () => {
      await (await openLedger(to.ledger)).close()
      return openSide(to.ledger, 'target')
    },
    copyLedger,
  )
}

/** Takes over who has access, what lies beside the log, and what the signer remembers. Only while no server runs. */
export async function copyRest({ from, to }: Move): Promise<void> {
  if (!isSame(from.catalogue, to.catalogue))
    await between(
      async () => {
        // A file of before there was anything in it.
        await (await openIntegerIds(from.catalogue)).close()
        return openSide(from.catalogue, 'source')
      },
      async () => {
        await (await openIntegerIds(to.catalogue)).close()
        return openSide(to.catalogue, 'target')
      },
      copyCatalogue,
    )
  if (!isSame(from.access, to.access))
    await between(
      () => openSide(from.access, 'source'),
      async () => {
        await (await openAccessStore(to.access)).close()
        return openSide(to.access, 'target')
      },
      copyAccess,
    )
  if (isSame(from.signer, to.signer)) return
  await between(
    () => openSide(from.signer, 'source', SIGNER_SCHEMA),
    async () => {
      await (await openSignerStore(to.signer, new Uint8Array(32))).close()
      return openSide(to.signer, 'target', SIGNER_SCHEMA)
    },
    copySigner,
  )
}

/** Files that nobody may go on with once they were moved. */
export function movedFiles({ from, to }: Move): readonly string[] {
  const kinds = ['journal', 'ledger', 'access', 'catalogue', 'signer'] as const
  return kinds.flatMap((kind) => {
    const place = from[kind]
    return place.kind === 'sqlite' && !isSame(place, to[kind]) ? [place.path] : []
  })
}

async function copyToObjects(from: LedgerPlace, to: S3Place): Promise<number> {
  const source = await openSide(from, 'source')
  try {
    return await copyLedgerObjects(source, to)
  } finally {
    await source.close()
  }
}

/** As far as the journal reaches at this moment. */
async function copyOutOfObjects(from: S3Place, journal: JournalPlace, to: LedgerPlace): Promise<number> {
  const side = await openSide(journal, 'source')
  const sizes = await sizesIn(side).finally(() => side.close())
  await (await openLedger(to)).close()
  const target = await openSide(to, 'target')
  try {
    await requireNoMore(target, sizes)
    return await copyFromObjects(from, target, sizes)
  } finally {
    await target.close()
  }
}

/** What is replaced is an older copy: nothing that only this place has. Throws `move_refused`. */
async function requireNoMore(target: Side, sizes: JournalSizes): Promise<void> {
  const logs = await target.all(`SELECT origin, size FROM ${LEDGER_TABLES[target.engine].logs}`)
  const more = logs.find(({ origin, size }) => Number(size) > (sizes.get(String(origin)) ?? 0))
  if (more === undefined) return
  throw new AppError('move_refused', {
    hint: `The ledger beside the journal has entries of ${more.origin} that the journal does not know: it belongs to something else. Nothing was switched.`,
  })
}

async function makeJournal(place: JournalPlace, originHost: string): Promise<void> {
  if (place.kind === 'postgres') await (await makePostgresJournal({ url: place.url }, originHost)).close()
  else (await makeSqliteJournal({ path: place.path, originHost })).close()
}

function openSide(
  place: AccessPlace | CataloguePlace | JournalPlace | LedgerPlace | SignerPlace,
  role: 'source' | 'target',
  schema?: string,
): Promise<Side> {
  assert(place.kind !== 's3', 'an object store has no tables')
  if (place.kind === 'sqlite')
    return role === 'source' ? openSqliteSource(place.path) : openSqliteTarget(place.path)
  return openPostgresSide(place.url, 'setting' in place ? place.setting : 'database_url', schema)
}

async function between<Result>(
  openSource: () => Promise<Side>,
  openTarget: () => Promise<Side>,
  work: (source: Side, target: Side) => Promise<Result>,
): Promise<Result> {
  const source = await openSource()
  try {
    const target = await openTarget()
    try {
      return await work(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
