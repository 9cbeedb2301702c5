import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import type { JournalReader, LogHead } from '../journal/journal.js'
import { type JournalPlace, openJournalReader } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { copyJournal } from '../moving/copy-journal.js'
import { openPostgresSide, openSqliteSource, openSqliteTarget, type Side } from '../moving/side.js'
import { dataPaths, findHolder, holdDataDirectory } from '../service/data-directory.js'
import { indexId, journalPlace, ledgerPlace } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireText } from './options.js'
import { formatCount, Progress } from './output/progress.js'

export const move: Command = {
  name: 'move',
  summary: 'Move the journal between the data directory and PostgreSQL; the server may record meanwhile.',
  usage: '--to <postgres://… | sqlite:<directory>>',
  options: {
    to: {
      kind: 'text',
      value: '<place>',
      description: 'A PostgreSQL database, or "sqlite:" and the data directory.',
    },
  },
  settings: ['data', 'database_url', 'clickhouse_url', 'origin'],
  positionals: { min: 0, max: 0 },
  notes: `Run it while the server runs, as often as you like: it copies what is new. Then stop the server and run it once more: it copies the
rest, verifies every log in both places, and switches. docs/operations.md tells how. What is cut short goes on where it was.`,
  run: runMove,
}

interface Move {
  readonly from: JournalPlace
  readonly to: JournalPlace
}

async function runMove(input: CommandInput): Promise<number> {
  const { data } = input.settings.values
  const route = readRoute(input)
  const holder = await findHolder(data)
  if (holder?.purpose === 'serve') {
    const added = await copy(route, input)
    print(
      input,
      { state: 'copied', rows: added },
      `Copied ${formatCount(added)} rows. The server runs: stop it and run this once more, to switch.`,
    )
    return EXIT.ok
  }
  const held = await holdDataDirectory(data, 'move')
  try {
    const added = await copy(route, input)
    const heads = await verifyBoth(route, input)
    retire(route)
    const entries = heads.reduce((sum, { size }) => sum + size, 0)
    print(
      input,
      { state: 'moved', rows: added, logs: heads.length, entries },
      `Moved ${formatCount(entries)} entries of ${formatCount(heads.length)} logs; both sides were verified and are the same. Start the server with ${
        route.to.kind === 'postgres'
          ? 'COUNTERFOIL_DATABASE_URL set to where they are now'
          : 'COUNTERFOIL_DATABASE_URL unset'
      }.`,
    )
    return EXIT.ok
  } finally {
    held.release()
  }
}

function readRoute(input: CommandInput): Move {
  const to = requireText(input, 'to')
  const { values } = input.settings
  const from = journalPlace(values)
  if (/^postgres(?:ql)?:\/\//.test(to) && from.kind === 'sqlite') {
    if (existsSync(from.path)) return { from, to: { kind: 'postgres', url: to, index: indexId(values) } }
    throw new AppError('not_found', {
      hint: `There is no journal in ${values.data}. Name the data directory with --data or COUNTERFOIL_DATA.`,
    })
  }
  if (to.startsWith('sqlite:') && from.kind === 'postgres') {
    const directory = to.slice('sqlite:'.length)
    if (directory === values.data || directory === '')
      return { from, to: { kind: 'sqlite', path: dataPaths(values.data).journal } }
  }
  throw new AppError('invalid_request', {
    param: 'to',
    hint: 'Give --to postgres://… where the journal is in the data directory; where it is in PostgreSQL (COUNTERFOIL_DATABASE_URL), give --to sqlite:<the data directory>.',
  })
}

async function copy(route: Move, input: CommandInput): Promise<number> {
  const { origin, clickhouse_url, data } = input.settings.values
  const progress = new Progress({
    stderr: input.world.stderr,
    silent: input.options.json === true,
    noun: 'rows',
  })
  const source = await open(route.from, origin, 'source')
  try {
    const target = await open(route.to, origin, 'target')
    try {
      return await copyJournal({
        source,
        target,
        index: indexId({ data, clickhouse_url }),
        onProgress: (position, last) => progress.update(position, position / Math.max(1, last)),
      })
    } finally {
      await target.close()
    }
  } finally {
    progress.clear()
    await source.close()
  }
}

function open(place: JournalPlace, originHost: string, side: 'source' | 'target'): Promise<Side> {
  if (place.kind === 'postgres') return openPostgresSide(place.url, originHost)
  return side === 'source' ? openSqliteSource(place.path) : openSqliteTarget(place.path, originHost)
}

/** Recomputes every log in both places; gives their heads. Throws `move_refused` when anything is not the same, or not as recorded. */
async function verifyBoth(route: Move, input: CommandInput): Promise<readonly LogHead[]> {
  const ledger = () => openLedgerReader(ledgerPlace(input.settings.values))
  const source = await openJournalReader(route.from, 'move', ledger)
  const target = await openJournalReader(route.to, 'move', ledger)
  const progress = new Progress({
    stderr: input.world.stderr,
    silent: input.options.json === true,
    noun: 'entries',
  })
  try {
    const heads = await source.heads()
    if (textOf(heads) !== textOf(await target.heads())) throw refused('The heads of logs differ.')
    const all = heads.reduce((sum, { size }) => sum + size, 0)
    let done = 0
    for (const head of heads) {
      for (const reader of [source, target]) await verifyLog(reader, head)
      done += head.size
      progress.update(done, done / Math.max(1, all))
    }
    return heads
  } finally {
    progress.clear()
    await Promise.all([source.close(), target.close()])
  }
}

async function verifyLog(reader: JournalReader, { log, origin, size }: LogHead): Promise<void> {
  if (size === 0) return
  const { broken, headMatches } = await reader.verify(log, {})
  if (broken !== undefined) throw refused(`${origin}, entry ${broken.seq}: ${broken.explanation}`)
  if (headMatches !== true) throw refused(`${origin}: the entries do not lead to the head.`)
}

/** Positions are compared, too: the search index and whoever follows the journal go by them. */
function textOf(heads: readonly LogHead[]): string {
  const lines = heads.map(({ origin, size, headHash, root, lastPosition, trimmedSize }) =>
    [origin, size, headHash, root, lastPosition, trimmedSize].join(' '),
  )
  return lines.toSorted().join('\n')
}

function refused(problem: string): AppError {
  return new AppError('move_refused', { hint: `${problem} Nothing was switched.` })
}

/** What was moved from a data directory must not be recorded in again: two journals would go on from the same entries. */
function retire({ from }: Move): void {
  if (from.kind !== 'sqlite') return
  const stamp = new Date().toISOString().replaceAll(':', '-')
  for (const end of ['', '-wal', '-shm']) {
    const file = from.path + end
    if (existsSync(file)) renameSync(file, join(`${from.path}.moved-${stamp}${end}`))
  }
}

function print({ world, options }: CommandInput, json: object, sentence: string): void {
  world.stdout.write(
    options.json === true ? `${JSON.stringify({ object: 'move', ...json })}\n` : `${sentence}\n`,
  )
}
