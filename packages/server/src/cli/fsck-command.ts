import { existsSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import { openMasterKey, signingRootOf } from '../access/master-key.js'
import { openAccessStore } from '../access/open-access-store.js'
import { type CheckedLog, checkLog, type Finding } from '../evidence/check-log.js'
import type { LogHead } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { lent } from '../journal/resting-rows.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { type DataPaths, dataPaths, holdDataDirectory } from '../service/data-directory.js'
import { accessPlace, journalPlace, ledgerPlace, signerPlace } from '../service/store-places.js'
import { LogSigner } from '../signer/log-signer.js'
import { openSignerStore } from '../signer/open-signer-store.js'
import { LogKeys } from '../signer/signing-keys.js'
import { type Database, openDatabase } from '../sqlite/driver.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { INSTALLATION_SETTINGS } from './installation-settings.js'
import { formatCount, Progress } from './output/progress.js'

export const fsck: Command = {
  name: 'fsck',
  summary:
    'Read everything that is stored and recompute it: journal, ledger, signatures; the server must be stopped.',
  usage: '',
  options: {},
  settings: INSTALLATION_SETTINGS,
  positionals: { min: 0, max: 0 },
  notes: `Every finding is named with its place. The exit code is ${EXIT.broken} when there is one.`,
  run: async (input) => {
    const { data } = input.settings.values
    if (!localStores(input).every((file) => existsSync(file))) {
      throw new AppError('not_found', {
        hint: `There is no journal, ledger and signer in ${data}. Name the data directory with --data or COUNTERFOIL_DATA.`,
      })
    }
    const held = await holdDataDirectory(data, 'fsck')
    try {
      return (await checkInstallation(input, print)) > 0 ? EXIT.broken : EXIT.ok
    } finally {
      held.release()
    }
  },
}

/** Stores that are files of the data directory. */
function localStores({ settings: { values } }: CommandInput): string[] {
  const places = [journalPlace(values), ledgerPlace(values), signerPlace(values)]
  return places.flatMap((place) => (place.kind === 'sqlite' ? [place.path] : []))
}

/** What was found in one place. */
export type Checked =
  | { readonly object: 'file_check'; readonly file: string; readonly problems: readonly string[] }
  | {
      readonly object: 'log_check'
      readonly origin: string
      readonly size: number
      readonly findings: readonly Finding[]
    }

/** Checks everything in the data directory that the settings name; tells of each log, and gives how much was found. */
export async function checkInstallation(
  input: CommandInput,
  tell: (checked: Checked, input: CommandInput) => void,
): Promise<number> {
  const paths = dataPaths(input.settings.values.data)
  let found = 0
  const note = (checked: Checked) => {
    found += checked.object === 'file_check' ? checked.problems.length : checked.findings.length
    tell(checked, input)
  }
  for (const file of localStores(input)) await checkFile(file, note)
  const closers: (() => Promise<void>)[] = []
  try {
    await checkLogs(paths, input, note, closers)
  } catch (error) {
    // SQLite refuses to read what is damaged; where it is, was told already.
    if (found === 0 || error instanceof AppError) throw error
  } finally {
    for (const close of closers.toReversed()) await close()
  }
  return found
}

async function checkLogs(
  paths: DataPaths,
  input: CommandInput,
  note: (checked: Checked) => void,
  closers: (() => Promise<void>)[],
): Promise<void> {
  /** What SQLite says of a file while it is opened is told with the file's name. */
  const opened = async <T>(file: string, open: () => Promise<T>): Promise<T> => {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof AppError))
        note({ object: 'file_check', file, problems: [(error as Error).message] })
      throw error
    }
  }
  const { values } = input.settings
  const ledger = await opened(paths.ledger, () => openLedgerReader(ledgerPlace(values)))
  closers.push(() => ledger.close())
  const journal = await opened(paths.journal, () =>
    openJournalReader(journalPlace(values), 'fsck', async () => lent(ledger)),
  )
  closers.push(() => journal.close())
  const { signer, close } = await opened(paths.signer, () => openSigner(paths, input))
  closers.push(close)
  for (const { origin, damaged } of signer.damaged()) {
    const findings: readonly Finding[] = [{ store: 'signer', place: 'head', problem: damaged }]
    note({ object: 'log_check', origin, size: 0, findings })
  }
  const heads = await opened(paths.journal, () => journal.heads())
  const origins = await opened(paths.ledger, () => ledger.origins())
  for (const log of logsOf(heads, origins, signer)) {
    const { stderr } = input.world
    const progress = new Progress({ stderr, silent: input.options.json === true, noun: 'entries' })
    const size = log.head?.size ?? 0
    const onProgress = (entries: number) => progress.update(entries, entries / Math.max(1, size))
    const findings = await opened(paths.journal, () => checkLog({ journal, ledger, onProgress }, log))
    progress.clear()
    note({ object: 'log_check', origin: log.origin, size, findings })
  }
}

/** Every log that any of the stores knows. */
function logsOf(heads: readonly LogHead[], inLedger: readonly string[], signer: LogSigner): CheckedLog[] {
  const damaged = new Set(signer.damaged().map(({ origin }) => origin))
  const signed = signer.heads()
  const byOrigin = new Map(heads.flatMap((head) => head.epochs.map(({ origin }) => [origin, head] as const)))
  const origins = new Set([
    ...heads.map(({ origin }) => origin),
    ...inLedger,
    ...signed.map(({ origin }) => origin),
  ])
  return [...origins]
    .filter((origin) => !damaged.has(origin))
    .map((origin) => {
      const own = signer.head(origin)
      const head = byOrigin.get(origin)
      const epochs = head?.epochs ?? [{ origin, firstSeq: 0 }]
      const hasEnded = head !== undefined && head.origin !== origin
      return {
        origin,
        epochs: epochs.slice(0, 1 + epochs.findIndex((epoch) => epoch.origin === origin)),
        hasEnded,
        head: hasEnded ? undefined : head,
        signed: own,
        vkeys: own === undefined ? [] : signer.vkeys(own),
      }
    })
}

/** The signer's state, and what it was sealed under. */
async function openSigner(paths: DataPaths, { settings }: CommandInput) {
  const access = await openAccessStore(accessPlace(settings.values))
  try {
    const place = { file: paths.masterKey, setting: settings.values.master_key }
    const root = await signingRootOf(access, await openMasterKey(access, place))
    const store = await openSignerStore(signerPlace(settings.values), root)
    return { signer: await LogSigner.open(store, new LogKeys(root)), close: () => store.close() }
  } finally {
    await access.close()
  }
}

/** SQLite's own look at a file: pages, trees, indexes. */
async function checkFile(file: string, note: (checked: Checked) => void): Promise<void> {
  const unreadable = (error: unknown) =>
    note({ object: 'file_check', file, problems: [(error as Error).message] })
  let database: Database
  try {
    database = await openDatabase(file, { readOnly: true })
  } catch (error) {
    unreadable(error)
    return
  }
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
    const problems = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
    if (problems.length > 0) note({ object: 'file_check', file, problems })
  } catch (error) {
    unreadable(error)
  } finally {
    database.close()
  }
}

function print(checked: Checked, { world, options }: CommandInput): void {
  const lines = options.json === true ? [toJson(checked)] : toLines(checked)
  world.stdout.write(`${lines.join('\n')}\n`)
}

function toJson(checked: Checked): string {
  if (checked.object === 'file_check') return JSON.stringify(checked)
  const { findings, ...rest } = checked
  return JSON.stringify({ ...rest, intact: findings.length === 0, findings })
}

/** What was found, as a person reads it. */
export function toLines(checked: Checked): readonly string[] {
  if (checked.object === 'file_check') return checked.problems.map((problem) => `${checked.file}: ${problem}`)
  const { origin, size, findings } = checked
  const lines = findings.map(({ store, place, problem }) => `  BROKEN  ${store}, ${place}: ${problem}`)
  const whole = `  intact  ${formatCount(size)} entries, their tiles and the signed root were recomputed.`
  return [origin, ...(lines.length > 0 ? lines : [whole])]
}
