import { existsSync, renameSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { LogHead } from '../journal/journal.js'
import { copyRecords, copyRest, type Move, movedFiles } from '../moving/move-stores.js'
import { verifyBoth } from '../moving/verify-both.js'
import { findHolder, holdDataDirectory } from '../service/data-directory.js'
import { existingJournal, indexId, placesIn } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireText } from './options.js'
import { formatCount, Progress } from './output/progress.js'

export const move: Command = {
  name: 'move',
  summary:
    'Move everything but the index between the data directory and PostgreSQL; the server may record meanwhile.',
  usage: '--to <postgres://… | sqlite:<directory>> | --ledger-to <s3://… | journal>',
  options: {
    to: {
      kind: 'text',
      value: '<place>',
      description: 'A PostgreSQL database, or "sqlite:" and the data directory.',
    },
    'ledger-to': {
      kind: 'text',
      value: '<place>',
      description: 'An object store, s3://…, or "journal", to where that is: the ledger alone goes there.',
    },
  },
  settings: ['data', 'database_url', 'ledger_url', 'signer_url', 'clickhouse_url', 'origin'],
  positionals: { min: 0, max: 0 },
  notes: `Run it while the server runs, as often as you like: it copies what is new. Then stop the server and run it once more: it copies the
rest, verifies every log in both places, and switches. docs/operations.md tells how. What is cut short goes on where it was.`,
  run: runMove,
}

async function runMove(input: CommandInput): Promise<number> {
  const { data } = input.settings.values
  const progress = new Progress({
    stderr: input.world.stderr,
    silent: input.options.json === true,
    noun: 'rows',
  })
  const route = readRoute(input, progress)
  if ((await findHolder(data))?.purpose === 'serve') {
    const rows = await copyRecords(route)
    progress.clear()
    const sentence = `Copied ${formatCount(rows)} rows. The server runs: stop it and run this once more, to switch.`
    print(input, { state: 'copied', rows }, sentence)
    return EXIT.ok
  }
  const held = await holdDataDirectory(data, 'move')
  try {
    const rows = await copyRecords(route)
    progress.clear()
    const heads = await verifyMoved(route, input)
    await copyRest(route)
    retire(route)
    const entries = heads.reduce((sum, { size }) => sum + size, 0)
    const next = nextStart(route)
    print(
      input,
      { state: 'moved', rows, logs: heads.length, entries },
      `Moved ${formatCount(entries)} entries of ${formatCount(heads.length)} logs; both sides were verified and are the same. Start the server with ${next}.`,
    )
    return EXIT.ok
  } finally {
    held.release()
  }
}

/** What to start the server with. */
function nextStart({ from, to }: Move): string {
  const { ledger, journal } = to
  if (journal.kind === from.journal.kind)
    return ledger.kind === 's3'
      ? 'COUNTERFOIL_LEDGER_URL set to where the ledger is now'
      : 'COUNTERFOIL_LEDGER_URL unset: the ledger is beside the journal'
  return journal.kind === 'postgres'
    ? 'COUNTERFOIL_DATABASE_URL set to where they are now'
    : 'COUNTERFOIL_DATABASE_URL unset: they are in the data directory'
}

function readRoute(input: CommandInput, progress: Progress): Move {
  const { values } = input.settings
  const common = {
    originHost: values.origin,
    index: indexId(values),
    onProgress: (position: number, last: number) => progress.update(position, position / Math.max(1, last)),
  }
  const ledger = input.options['ledger-to']
  if (ledger !== undefined) {
    const isHome = ledger === 'journal'
    if (input.options.to !== undefined || (values.ledger_url !== '') !== isHome) {
      throw new AppError('invalid_request', {
        param: 'ledger-to',
        hint: 'Give --ledger-to without --to: s3://… where ledger_url is unset, or "journal" where it is set to where the ledger is.',
      })
    }
    existingJournal(values)
    const ledger_url = isHome ? '' : String(ledger)
    return { ...common, from: placesIn(values), to: placesIn({ ...values, ledger_url }) }
  }
  const to = requireText(input, 'to')
  const isInDatabase = values.database_url !== ''
  const isDatabase = /^postgres(?:ql)?:\/\//.test(to)
  if (isDatabase === isInDatabase || (!isDatabase && to !== `sqlite:${values.data}`)) {
    throw new AppError('invalid_request', {
      param: 'to',
      hint: 'Give --to postgres://… where the journal is in the data directory; where it is in PostgreSQL (COUNTERFOIL_DATABASE_URL), give --to sqlite:<the data directory>.',
    })
  }
  existingJournal(values)
  return {
    ...common,
    from: placesIn(values),
    to: placesIn({ ...values, database_url: isDatabase ? to : '' }),
  }
}

async function verifyMoved(route: Move, input: CommandInput): Promise<readonly LogHead[]> {
  const progress = new Progress({
    stderr: input.world.stderr,
    silent: input.options.json === true,
    noun: 'entries',
  })
  try {
    return await verifyBoth(route, (done, all) => progress.update(done, done / Math.max(1, all)))
  } finally {
    progress.clear()
  }
}

/** What was moved from a data directory must not be recorded in again: two journals would go on from the same entries. */
function retire(route: Move): void {
  const stamp = new Date().toISOString().replaceAll(':', '-')
  for (const path of movedFiles(route))
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path + end)) renameSync(path + end, `${path}.moved-${stamp}${end}`)
}

function print({ world, options }: CommandInput, json: object, sentence: string): void {
  world.stdout.write(
    options.json === true ? `${JSON.stringify({ object: 'move', ...json })}\n` : `${sentence}\n`,
  )
}
