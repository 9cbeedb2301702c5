import { resolve } from 'node:path'
import { AppError } from '@counterfoil/core'
import { parseToken } from '../access/api-key.js'
import { type ApiClient, openApiClient } from './api/api-client.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { openByteInput, statFile } from './import/byte-input.js'
import { cloudTrailSource } from './import/cloudtrail-source.js'
import { gitSource, headCommit } from './import/git-source.js'
import { ImportBookmark, type ImportProgress, NO_PROGRESS } from './import/import-bookmark.js'
import { IMPORT_FORMATS, type ImportFormat, type ImportSource } from './import/import-source.js'
import { ndjsonSource } from './import/ndjson-source.js'
import { RefusalList } from './import/refusal-list.js'
import { runImport } from './import/run-import.js'
import { onInterrupt } from './interruption.js'
import { requireChoice } from './key-commands.js'
import { formatCount, formatSeconds, Progress } from './output/progress.js'
import { toTerminalText } from './output/terminal-text.js'

const NOUNS: Readonly<Record<ImportFormat, string>> = {
  ndjson: 'lines',
  cloudtrail: 'events',
  git: 'commits',
}

export const importCommand: Command = {
  name: 'import',
  summary: 'Record the entries of a file or of a git repository; nothing twice, however often it is run.',
  usage: '<file> --from ndjson|cloudtrail|git',
  options: {
    from: { kind: 'text', value: IMPORT_FORMATS.join('|'), description: 'What the file holds.' },
    refused: {
      kind: 'text',
      value: '<file>',
      description: 'Write what was refused there, one JSON object a line.',
    },
    restart: { kind: 'flag', description: 'Read from the start, even if an earlier import was interrupted.' },
  },
  settings: ['url', 'key'],
  positionals: { min: 1, max: 1 },
  notes: `
Formats:
  ndjson      one entry a line, as POST /v1/audit_log_entries takes it; gzip too. A line without an id is given one
              that follows from its content.
  cloudtrail  AWS CloudTrail: an event a line, or {"Records":[…]} as CloudTrail delivers it; gzip too.
  git         path of a repository: one entry for each commit that HEAD reaches.

"-" reads standard input. An import that was interrupted goes on where it was when the same command is run again.
The exit code is ${EXIT.refused} when something was refused; everything else is recorded then.`,
  run: async (input) => {
    const format = requireChoice(input, 'from', IMPORT_FORMATS)
    const interruption = onInterrupt()
    try {
      return await importFrom(input, format, interruption.signal)
    } finally {
      interruption.release()
    }
  },
}

async function importFrom(input: CommandInput, format: ImportFormat, signal: AbortSignal): Promise<number> {
  const { world, settings, options } = input
  const path = input.positionals[0] as string
  const silent = options.json === true
  const note = (line: string) => silent || world.stderr.write(`${toTerminalText(line)}\n`)
  const client = openApiClient(settings.values, 'audit:write', {
    signal,
    onRetry: (reason, waitMs) => note(`${reason} Trying again in ${formatSeconds(waitMs / 1_000)}.`),
  })
  const source = await openSource(path, format, input)
  const bookmark = path === '-' ? undefined : await openBookmark(path, format, input)
  const earlier = options.restart === true ? undefined : bookmark?.read()
  const from = earlier ?? NO_PROGRESS
  if (earlier !== undefined) note(`Going on after ${formatCount(earlier.read)} ${NOUNS[format]}.`)
  const refusals = new RefusalList({
    output: silent ? undefined : world.stderr,
    file: options.refused as string | undefined,
    append: earlier !== undefined,
  })
  const started = performance.now()
  let done: ImportProgress
  try {
    done = await importAll({ source, client, bookmark, from, refusals, signal }, format, input)
  } catch (error) {
    refusals.finish()
    const settled = bookmark?.read()?.read ?? 0
    if (settled > 0)
      note(`Stopped after ${formatCount(settled)} ${NOUNS[format]}. Run the same command again to go on.`)
    throw error
  }
  const interrupted = signal.aborted
  if (!interrupted) bookmark?.remove()
  refusals.finish()
  report(input, { path, format, done, from, interrupted, seconds: (performance.now() - started) / 1_000 })
  if (interrupted) return EXIT.interrupted
  return done.refused > 0 ? EXIT.refused : EXIT.ok
}

async function importAll(
  run: Omit<Parameters<typeof runImport>[0], 'progress'> & { readonly client: ApiClient },
  format: ImportFormat,
  { world, options }: CommandInput,
): Promise<ImportProgress> {
  const progress = new Progress({
    stderr: world.stderr,
    silent: options.json === true,
    noun: NOUNS[format],
    startFraction: run.from.fraction,
    startCount: run.from.read,
  })
  try {
    return await runImport({ ...run, progress })
  } finally {
    progress.clear()
  }
}

async function openSource(
  path: string,
  format: ImportFormat,
  { world }: CommandInput,
): Promise<ImportSource> {
  if (format === 'git') {
    if (path === '-') throw new AppError('invalid_request', { hint: 'Name the repository to import from.' })
    return gitSource(resolve(world.directory, path))
  }
  const input = await openByteInput(path === '-' ? path : resolve(world.directory, path), world.stdin)
  return format === 'ndjson' ? ndjsonSource(input) : cloudTrailSource(input)
}

async function openBookmark(
  path: string,
  format: ImportFormat,
  input: CommandInput,
): Promise<ImportBookmark> {
  const { world, settings } = input
  const absolute = resolve(world.directory, path)
  const { url, key } = settings.values
  const identity = { path: absolute, url, keyId: parseToken(key)?.keyId ?? '', format }
  if (format === 'git')
    return new ImportBookmark({ ...identity, version: await headCommit(absolute) }, world.environment)
  const { size, mtimeMs } = await statFile(absolute)
  return new ImportBookmark({ ...identity, version: `${size}/${mtimeMs}` }, world.environment)
}

interface Result {
  readonly path: string
  readonly format: ImportFormat
  readonly done: ImportProgress
  readonly from: ImportProgress
  readonly interrupted: boolean
  readonly seconds: number
}

function report(
  { world, options }: CommandInput,
  { path, format, done, from, interrupted, seconds }: Result,
): void {
  const { read, recorded, replayed, refused } = done
  const rate = seconds > 0 ? Math.round((read - from.read) / seconds) : 0
  if (options.json === true) {
    const counts = { read, recorded, already_there: replayed, refused }
    const speed = { seconds: Math.round(seconds * 1_000) / 1_000, per_second: rate }
    world.stdout.write(
      `${JSON.stringify({ object: 'import', file: path, from: format, interrupted, ...counts, ...speed })}\n`,
    )
    return
  }
  const line = [
    `${formatCount(read)} ${NOUNS[format]} read`,
    `${formatCount(recorded)} recorded`,
    `${formatCount(replayed)} already there`,
    `${formatCount(refused)} refused`,
  ].join(', ')
  world.stdout.write(`${line}; ${seconds.toFixed(1)} s, ${formatCount(rate)}/s.\n`)
  if (!interrupted) return
  world.stdout.write(
    path === '-'
      ? 'Interrupted. Run it again from the start: nothing is recorded twice.\n'
      : 'Interrupted. Run the same command again to go on from here; nothing is recorded twice.\n',
  )
}
