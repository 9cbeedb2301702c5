import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { pino } from 'pino'
import { IndexUnavailable } from '../../index/search-index.js'
import { Indexer } from '../../indexing/indexer.js'
import type { ReadingMethods } from '../../reading/reading-thread.js'
import { Recorder } from '../../recording/recorder.js'
import { holdDataDirectory } from '../../service/data-directory.js'
import { openSearch } from '../../service/open-search.js'
import { existingJournal, journalPlace, ledgerPlace } from '../../service/store-places.js'
import type { Settings } from '../../settings/settings.js'
import { startThread } from '../../threads/thread-call.js'
import { type CommandInput, EXIT } from '../command.js'
import { onInterrupt } from '../interruption.js'
import { formatCount, formatSeconds, Progress } from '../output/progress.js'

const POLL_MS = 50
/** How long an index may be away before we give up waiting for it. */
const AWAY_MS_MAX = 60_000
const START_ATTEMPTS = 20

export async function runRebuildIndex(input: CommandInput): Promise<number> {
  const { data } = input.settings.values
  existingJournal(input.settings.values)
  const held = await holdDataDirectory(data, 'rebuild-index')
  const interruption = onInterrupt()
  try {
    return await rebuild(input, interruption.signal)
  } finally {
    interruption.release()
    held.release()
  }
}

/** What was opened, closed last to first whatever happens. */
class Closers {
  readonly #closers: (() => Promise<void> | void)[] = []

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close)
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.reverse()) await close()
  }
}

async function rebuild(input: CommandInput, signal: AbortSignal): Promise<number> {
  const closers = new Closers()
  const started = performance.now()
  try {
    const { indexer, lastPosition } = await openEmptyIndex(input.settings.values, closers)
    const progress = new Progress({
      stderr: input.world.stderr,
      silent: input.options.json === true,
      noun: 'rows',
    })
    try {
      await waitUntilFilled(indexer, lastPosition, progress, signal)
    } finally {
      progress.clear()
    }
    printResult(input, lastPosition, (performance.now() - started) / 1_000, signal.aborted)
    return signal.aborted ? EXIT.interrupted : EXIT.ok
  } finally {
    await closers.closeAll()
  }
}

async function openEmptyIndex(
  settings: Settings,
  closers: Closers,
): Promise<{ readonly indexer: Indexer; readonly lastPosition: number }> {
  const logger = pino({ level: settings.log_level, base: null }, pino.destination(2))
  const fail = (error: Error) => logger.error({ err: error }, 'a thread has ended')
  const journal = journalPlace(settings)
  const ledger = ledgerPlace(settings)
  const recorder = await Recorder.open(
    {
      journal,
      ledger,
      originHost: settings.origin,
      diskReserveBytes: settings.disk_reserve_mb * 2 ** 20,
    },
    { wantsRows: false, appended: () => undefined },
    fail,
  )
  closers.add(() => recorder.close())
  const reading = startThread<ReadingMethods>({
    file: new URL('../../reading/reading-thread.js', import.meta.url),
    name: 'reading',
    settings: { journal, ledger },
    onExit: fail,
  })
  closers.add(async () => {
    await reading.methods.close()
    await reading.terminate()
  })
  await reading.methods.ready()
  const installation = await reading.methods.installationId()
  const { index } = await openSearch(settings, installation, logger)
  closers.add(() => index.close())
  await patiently(() => index.migrate())
  await patiently(() => index.claim(installation))
  // First the index, then the note of how far it is: an index with fewer rows than noted is filled anew, one with
  // more would be given them twice.
  await patiently(() => index.clear())
  await recorder.saveIndexProgress({ donePosition: 0, sendingPosition: 0 })
  const lastPosition = await reading.methods.lastPosition()
  const indexer = new Indexer({
    index,
    installation,
    rowsAfter: reading.methods.indexRowsAfter,
    entriesThrough: reading.methods.entriesThrough,
    saveProgress: (progress) => recorder.saveIndexProgress(progress),
    progress: { donePosition: 0, sendingPosition: 0 },
    lastPosition,
    onError: (error) => logger.error({ err: error }, 'indexing failed, trying again'),
    onRebuild: () => undefined,
  })
  indexer.start()
  closers.add(() => indexer.close(0))
  return { indexer, lastPosition }
}

/** The embedded engine needs a moment to start, and a ClickHouse server may be restarting. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof IndexUnavailable)) throw error
      if (attempt >= START_ATTEMPTS) throw unavailable(error)
      await sleep(250)
    }
  }
}

async function waitUntilFilled(
  indexer: Indexer,
  lastPosition: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !(await indexer.waitFor(lastPosition, POLL_MS))) {
    progress.update(indexer.donePosition, indexer.donePosition / lastPosition)
    if (indexer.unavailableMs > AWAY_MS_MAX) throw unavailable(undefined)
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('index_unavailable', {
    hint: 'Check that the ClickHouse server can be reached, or that the built-in engine can start, and run it again.',
    cause,
  })
}

function printResult(
  { world, options }: CommandInput,
  rows: number,
  seconds: number,
  interrupted: boolean,
): void {
  if (options.json === true) {
    const result = {
      object: 'index_rebuild',
      rows,
      seconds: Math.round(seconds * 1_000) / 1_000,
      interrupted,
    }
    world.stdout.write(`${JSON.stringify(result)}\n`)
  } else if (interrupted) {
    world.stdout.write('Interrupted. The server fills in the rest when it starts.\n')
  } else {
    world.stdout.write(
      `Filled the index from ${formatCount(rows)} journal rows in ${formatSeconds(seconds)}.\n`,
    )
  }
}
