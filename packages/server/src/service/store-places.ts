import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { AccessPlace } from '../access/open-access-store.js'
import type { CataloguePlace } from '../catalogue/open-catalogue.js'
import type { JournalPlace } from '../journal/open-journal.js'
import type { LedgerPlace } from '../ledger/open-ledger.js'
import { parseS3Url, type S3Credentials } from '../object-storage/s3-address.js'
import type { ArchiveLocation } from '../proof-export/open-archive.js'
import type { Settings } from '../settings/settings.js'
import type { SignerPlace } from '../signer/open-signer-store.js'
import { dataPaths } from './data-directory.js'

/** Where the settings put organizations, people and keys. */
export function accessPlace({
  data,
  database_url: url,
}: Pick<Settings, 'data' | 'database_url'>): AccessPlace {
  return url === '' ? { kind: 'sqlite', path: dataPaths(data).access } : { kind: 'postgres', url }
}

/** Where the settings put integers that stand for texts, and counts of flags. */
export function cataloguePlace({
  data,
  database_url: url,
}: Pick<Settings, 'data' | 'database_url'>): CataloguePlace {
  return url === '' ? { kind: 'sqlite', path: dataPaths(data).catalogue } : { kind: 'postgres', url }
}

/** Where the settings put the journal. */
export function journalPlace(
  settings: Pick<Settings, 'data' | 'database_url' | 'clickhouse_url'>,
): JournalPlace {
  const { data, database_url: url } = settings
  if (url === '') return { kind: 'sqlite', path: dataPaths(data).journal }
  return { kind: 'postgres', url, index: indexId(settings) }
}

/** The same, for whoever only works on what is there. Throws `not_found`. */
export function existingJournal(
  settings: Pick<Settings, 'data' | 'database_url' | 'clickhouse_url'>,
): JournalPlace {
  const place = journalPlace(settings)
  if (place.kind === 'sqlite' && !existsSync(place.path)) {
    throw new AppError('not_found', {
      hint: `There is no journal in ${settings.data}. Name the data directory with --data or COUNTERFOIL_DATA, or a database with COUNTERFOIL_DATABASE_URL.`,
    })
  }
  return place
}

/** The index of a ClickHouse server is one for all who use it. */
const SERVER_INDEX = 'clickhouse'

/** What tells the search index that these settings name from others that follow the same journal. */
export function indexId({ data, clickhouse_url }: Pick<Settings, 'data' | 'clickhouse_url'>): string {
  if (clickhouse_url !== '') return SERVER_INDEX
  const { indexId: file } = dataPaths(data)
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${randomUUID()}\n`)
  }
  return readFileSync(file, 'utf8').trim()
}

const POSTGRES_URL = /^postgres(?:ql)?:\/\//

/** Where the settings put the ledger. Throws `invalid_setting`. */
export function ledgerPlace(settings: LedgerSettings): LedgerPlace {
  const { ledger_url: url, database_url: database, data } = settings
  if (POSTGRES_URL.test(url)) return { kind: 'postgres', url, setting: 'ledger_url' }
  if (url === '' && database !== '') return { kind: 'postgres', url: database, setting: 'database_url' }
  if (url === '') return { kind: 'sqlite', path: dataPaths(data).ledger }
  parseS3Url(url, 'ledger_url')
  return { kind: 's3', url, credentials: s3Credentials(settings) }
}

export type LedgerSettings = Pick<Settings, 'data' | 'database_url' | 'ledger_url' | S3Setting>
type S3Setting = 's3_access_key_id' | 's3_secret_access_key' | 's3_session_token'

/** Where the settings put archives; undefined for nowhere. Throws `invalid_setting`. */
export function archiveLocation(
  settings: Pick<Settings, 'archive_directory' | 'archive_url' | S3Setting>,
): ArchiveLocation | undefined {
  const { archive_directory: path, archive_url: url } = settings
  if (url === '') return path === '' ? undefined : { kind: 'directory', path }
  if (path !== '') {
    throw new AppError('invalid_setting', {
      param: 'archive_url',
      hint: 'archive_directory and archive_url are both set: archives go to one place.',
    })
  }
  parseS3Url(url, 'archive_url')
  return { kind: 's3', url, credentials: s3Credentials(settings) }
}

/** Who asks object stores. Throws `invalid_setting`. */
export function s3Credentials(settings: Pick<Settings, S3Setting>): S3Credentials {
  const { s3_access_key_id, s3_secret_access_key, s3_session_token } = settings
  for (const name of ['s3_access_key_id', 's3_secret_access_key'] as const) {
    if (settings[name] !== '') continue
    throw new AppError('invalid_setting', { param: name, hint: `An object store needs ${name}: set it.` })
  }
  return {
    accessKeyId: s3_access_key_id,
    secretAccessKey: s3_secret_access_key,
    ...(s3_session_token === '' ? {} : { sessionToken: s3_session_token }),
  }
}

/** Where the settings put everything of an installation that is recorded or remembered. */
export function placesIn(
  settings: LedgerSettings & Pick<Settings, 'database_url' | 'signer_url' | 'clickhouse_url'>,
) {
  return {
    access: accessPlace(settings),
    catalogue: cataloguePlace(settings),
    journal: journalPlace(settings),
    ledger: ledgerPlace(settings),
    signer: signerPlace(settings),
  }
}

/** The same settings for a directory that everything is in, such as a backup. */
export function inDirectory(settings: Settings, data: string): Settings {
  return { ...settings, data, database_url: '', ledger_url: '', signer_url: '', clickhouse_url: '' }
}

/** Where the settings put what the signer remembers. */
export function signerPlace({
  data,
  database_url: database,
  signer_url: signer,
}: Pick<Settings, 'data' | 'database_url' | 'signer_url'>): SignerPlace {
  if (signer !== '') return { kind: 'postgres', url: signer, setting: 'signer_url' }
  if (database !== '') return { kind: 'postgres', url: database, setting: 'database_url' }
  return { kind: 'sqlite', path: dataPaths(data).signer }
}
