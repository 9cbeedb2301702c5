import { existsSync, readFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import { digestOfHeads, type Manifest, readManifest } from '../backup/manifest.js'
import { restoreBackup } from '../backup/restore-backup.js'
import { restoreElsewhere } from '../backup/restore-elsewhere.js'
import type { Finding } from '../evidence/check-log.js'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import { dataPaths, holdDataDirectory } from '../service/data-directory.js'
import { inDirectory, placesIn } from '../service/store-places.js'
import type { Settings } from '../settings/settings.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { checkInstallation, toLines } from './fsck-command.js'
import { INSTALLATION_SETTINGS } from './installation-settings.js'
import { requireText } from './options.js'
import { formatCount, Progress } from './output/progress.js'

const MIB = 2 ** 20

export const restore: Command = {
  name: 'restore',
  summary:
    'Put a backup into an empty data directory, or where the settings say, and check it; servers must be stopped.',
  usage: '--from <directory> [--signer-from <directory>] [--without-signer] [--quick]',
  options: {
    from: { kind: 'text', value: '<directory>', description: 'What "counterfoil backup" wrote.' },
    'signer-from': {
      kind: 'text',
      value: '<directory>',
      description: "The newest backup of the signer's state; left out where signer.db is still there.",
    },
    'without-signer': {
      kind: 'flag',
      description: "Go on although the signer's state is lost: logs in the ledger will be frozen.",
    },
    quick: {
      kind: 'flag',
      description: 'Hold the files against the manifest only; do not read every entry.',
    },
  },
  settings: INSTALLATION_SETTINGS,
  positionals: { min: 0, max: 0 },
  notes: `A log of which more was signed than the backup holds will be frozen when the server starts: entries that were acknowledged
are not there. docs/operations.md tells what to do. The exit code is ${EXIT.broken} then, or when anything else is not what was recorded.`,
  run: async (input) => {
    const { data } = input.settings.values
    const from = requireText(input, 'from')
    const held = await holdDataDirectory(data, 'restore')
    try {
      return await runRestore(from, input)
    } finally {
      held.release()
    }
  },
}

async function runRestore(from: string, input: CommandInput): Promise<number> {
  const { settings, options, world } = input
  const { values } = settings
  const { data, master_key } = values
  const progress = new Progress({ stderr: world.stderr, silent: options.json === true, noun: 'MiB' })
  const to = placesIn(values)
  const { signer: signerPath } = dataPaths(data)
  const checked: Checks = { behind: [], broken: [] }
  const request = {
    from,
    data,
    signerFrom: options['signer-from'] as string | undefined,
    withoutSigner: options['without-signer'] === true,
    hasMasterKey: master_key !== '',
    onProgress: (bytes: number, all: number) => progress.update(bytes / MIB, bytes / Math.max(1, all)),
  }
  let manifest: Manifest
  if (Object.values(to).every(({ kind }) => kind === 'sqlite')) {
    const signerAt = existsSync(signerPath) ? signerPath : undefined
    manifest = await restoreBackup({ ...request, signerAt })
    progress.clear()
    await check(data, values, manifest, input, checked)
  } else {
    manifest = await restoreElsewhere({
      ...request,
      to,
      placesIn: (folder) => placesIn(inDirectory(values, folder)),
      verifies: options.quick !== true,
      check: async (folder, signerIsKept) => {
        progress.clear()
        const signer_url = values.signer_url === '' ? values.database_url : values.signer_url
        const inFolder = inDirectory(values, folder)
        const stored = signerIsKept ? { ...inFolder, signer_url } : inFolder
        const keyFile = [folder, data]
          .map((place) => dataPaths(place).masterKey)
          .find((file) => existsSync(file))
        const key =
          master_key === '' && keyFile !== undefined ? readFileSync(keyFile, 'utf8').trim() : master_key
        const whole = readManifest(from, 'backup')
        await check(folder, { ...stored, master_key: key }, whole, input, checked)
        if (checked.broken.length > 0)
          throw new AppError('damaged_backup', {
            hint: `${checked.broken.join(' ')} Nothing was restored; take another copy of the backup.`,
          })
      },
    })
  }
  print(input, manifest, checked)
  return checked.behind.length + checked.broken.length > 0 ? EXIT.broken : EXIT.ok
}

/** What was found in what was restored. */
interface Checks {
  /** Logs of which more was signed than is there. */
  readonly behind: string[]
  readonly broken: string[]
}

/** Looks at what lies in a directory that everything of a backup was put into. */
async function check(
  folder: string,
  values: Settings,
  manifest: Manifest,
  input: CommandInput,
  { behind, broken }: Checks,
): Promise<void> {
  await requireSameHeads(folder, manifest)
  if (input.options.quick === true) return
  await checkInstallation({ ...input, settings: { ...input.settings, values } }, (checked) => {
    if (checked.object === 'log_check' && isBehind(checked)) behind.push(checked.origin)
    else if (checked.object === 'file_check' || checked.findings.length > 0) broken.push(...toLines(checked))
  })
}

/** The files fit the manifest; so do the logs in them, or it is not one backup. */
async function requireSameHeads(data: string, manifest: Manifest): Promise<void> {
  const journal = await openSqliteJournalReader(dataPaths(data).journal)
  try {
    if (digestOfHeads(await journal.heads()) === manifest.heads) return
  } finally {
    await journal.close()
  }
  throw new AppError('damaged_backup', { hint: 'The logs in it do not stand where the manifest says.' })
}

/** Whether all that is wrong with a log is that more of it was signed than is there. */
function isBehind({ findings }: { readonly findings: readonly Finding[] }): boolean {
  return findings.length > 0 && findings.every(({ signedSize }) => signedSize !== undefined)
}

function print(
  { world, options, settings }: CommandInput,
  { entries, logs, begun_at }: Manifest,
  { behind, broken }: Checks,
): void {
  const { data } = settings.values
  if (options.json === true) {
    const result = {
      object: 'restore',
      data,
      begun_at,
      logs,
      entries,
      will_be_frozen: behind,
      findings: broken,
    }
    world.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  const lines = [
    ...broken,
    `Restored ${formatCount(entries)} entries of ${formatCount(logs)} logs into ${data}, as they were at ${begun_at}.`,
    'The search index is filled anew when the server starts.',
  ]
  if (behind.length > 0)
    lines.push(
      `More was signed of ${formatCount(behind.length)} of them than the backup holds: they will be FROZEN, because entries are missing that were acknowledged.`,
      ...behind.slice(0, 20).map((origin) => `  ${origin}`),
      'Restore a newer copy of the journal if there is one; docs/operations.md tells what to do if there is none.',
    )
  world.stdout.write(`${lines.join('\n')}\n`)
}
