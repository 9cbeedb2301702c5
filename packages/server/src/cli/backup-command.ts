import { readFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import { createBackup } from '../backup/create-backup.js'
import { dataPaths } from '../service/data-directory.js'
import { existingJournal, inDirectory, placesIn } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { checkInstallation, toLines } from './fsck-command.js'
import { INSTALLATION_SETTINGS } from './installation-settings.js'
import { requireText } from './options.js'
import { formatCount, Progress } from './output/progress.js'

const MIB = 2 ** 20

export const backup: Command = {
  name: 'backup',
  summary: 'Copy everything but the search index, as it is at one moment; the server may run meanwhile.',
  usage: '--out <directory> [--signer-out <directory>] [--with-master-key] [--quick]',
  options: {
    out: { kind: 'text', value: '<directory>', description: 'Where it goes: empty, or not there yet.' },
    'signer-out': {
      kind: 'text',
      value: '<directory>',
      description: "Where the signer's state goes: apart from the rest. Left out, it is not copied.",
    },
    'with-master-key': {
      kind: 'flag',
      description: 'Put the master key in, too: who has the backup can then sign and decrypt.',
    },
    quick: { kind: 'flag', description: 'Do not read every entry of the copy back.' },
  },
  settings: INSTALLATION_SETTINGS,
  positionals: { min: 0, max: 0 },
  notes: `Every entry that was acknowledged before the command began is in it. The copy is read back as "fsck" does; the exit code
is ${EXIT.broken} when something is wrong with it, and so with what was copied. docs/operations.md tells how to restore.`,
  run: runBackup,
}

async function runBackup(input: CommandInput): Promise<number> {
  const { settings, options, world } = input
  const out = requireText(input, 'out')
  existingJournal(settings.values)
  const found: string[] = []
  const note = (lines: readonly string[]) => found.push(...lines)
  const progress = new Progress({ stderr: world.stderr, silent: options.json === true, noun: 'MiB' })
  const { manifest, findings } = await createBackup({
    places: placesIn(settings.values),
    out,
    signerOut: options['signer-out'] as string | undefined,
    masterKey:
      options['with-master-key'] === true
        ? requireKeyFile(input, dataPaths(settings.values.data).masterKey)
        : undefined,
    check: options.quick === true ? undefined : (folder) => check(folder, input, note),
    onProgress: (bytes, all) => progress.update(bytes / MIB, bytes / Math.max(1, all)),
  })
  progress.clear()
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  if (options.json === true) world.stdout.write(`${JSON.stringify({ ...manifest, findings: found })}\n`)
  else {
    const lines = [
      ...found,
      `Backed up ${formatCount(manifest.entries)} entries of ${formatCount(manifest.logs)} logs, ${formatCount(bytes / MIB)} MiB, to ${out}.`,
      ...advice(input),
    ]
    world.stdout.write(`${lines.join('\n')}\n`)
  }
  return findings > 0 ? EXIT.broken : EXIT.ok
}

/** What is not in the backup and will be missed. */
function advice({ options, settings }: CommandInput): readonly string[] {
  const lines: string[] = []
  if (options['with-master-key'] !== true && settings.values.master_key === '')
    lines.push(
      'The master key is not in it: keep a copy of master.key elsewhere, nothing can be restored without.',
    )
  if (options['signer-out'] === undefined)
    lines.push(
      'What the signer remembers is not in it: keep signer.db on a disk of its own, or copy it with --signer-out.',
    )
  return lines
}

function requireKeyFile({ settings }: CommandInput, file: string): string {
  if (settings.values.master_key === '') return file
  throw new AppError('invalid_request', {
    param: 'with-master-key',
    hint: 'The master key comes from COUNTERFOIL_MASTER_KEY; there is no file of it. Leave out --with-master-key.',
  })
}

/** Checks the copy in `folder` as if it were a data directory, under the master key of the original. */
async function check(
  folder: string,
  input: CommandInput,
  note: (lines: readonly string[]) => void,
): Promise<number> {
  const { settings } = input
  const { data, master_key } = settings.values
  const masterKey = master_key === '' ? readFileSync(dataPaths(data).masterKey, 'utf8').trim() : master_key
  const values = { ...inDirectory(settings.values, folder), master_key: masterKey }
  return checkInstallation({ ...input, settings: { ...settings, values } }, (checked) => {
    if (checked.object === 'file_check' || checked.findings.length > 0) note(toLines(checked))
  })
}
