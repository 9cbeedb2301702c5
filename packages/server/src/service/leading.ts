import type { Logger } from 'pino'
import { JournalWatch } from '../cluster/journal-watch.js'
import { aborted, LeasedWork } from '../cluster/leased-work.js'
import type { Evidence } from '../evidence/evidence.js'
import type { SharedIndexing } from '../indexing/shared-indexing.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import type { ThreadClient } from '../threads/thread-call.js'
import type { Cluster } from './open-cluster.js'

/** Work that one process at a time does: begun and ended, perhaps more than once. */
export interface SoleWork {
  start(): void
  /** Has stopped when it resolves. */
  close(): Promise<void>
}

export interface LeadingParts {
  readonly cluster: Cluster
  readonly evidence: Evidence
  readonly indexing: SharedIndexing
  readonly journal: Pick<ThreadClient<ReadingMethods>, 'lastPosition' | 'logsAfter'>
  /** Trimming, erasures, integrity checks. */
  readonly schedules: readonly SoleWork[]
  readonly logger: Logger
}

/**
 * Starts what one process at a time does for all: whoever holds the lease `evidence` signs, and is the one that asks for the
 * leases of the index and of the schedules. All in one process, because an erasure goes through evidence and index.
 */
export function startLeading(parts: LeadingParts, closers: (() => Promise<void> | void)[]): void {
  const { cluster, evidence, indexing, schedules, logger } = parts
  const onError = (error: unknown) => logger.error({ err: error }, 'leading failed, trying again')
  const leadership = new LeasedWork({
    leases: cluster.leases,
    name: 'evidence',
    onError,
    work: async (lease, until) => {
      logger.info(
        { token: lease.token },
        'this process leads: it signs, fills the index and keeps the schedules',
      )
      await together(until, [
        (signal) => sign(parts, signal),
        (signal) => whileLeased(parts, 'schedules', signal, async (_, stop) => runAll(schedules, stop)),
        (signal) =>
          whileLeased(
            parts,
            () => indexing.leaseName(),
            signal,
            (index, stop) => indexing.lead(index, stop),
          ),
      ])
      if (lease.lost.aborted) logger.warn('this process does not lead any more')
    },
  })
  leadership.start()
  closers.push(() => leadership.close())
  closers.push(evidenceSignals(cluster, evidence))
}

/** Signs, and sees meanwhile what the other processes record. */
async function sign(
  { cluster, evidence, indexing, journal, logger }: LeadingParts,
  until: AbortSignal,
): Promise<void> {
  const watch = new JournalWatch({
    lastPosition: journal.lastPosition,
    logsAfter: journal.logsAfter,
    onGrown: (lastPosition, logs) => {
      evidence.appended(logs)
      indexing.appended(lastPosition, [])
    },
    onError: (error) => logger.error({ err: error }, 'the journal could not be looked at, trying again'),
  })
  const look = () => watch.look()
  const unlisten = [cluster.signals.on('checkpoint_wanted', look), cluster.signals.on('index_wanted', look)]
  watch.start(await journal.lastPosition())
  try {
    await evidence.lead(until)
  } finally {
    for (const stop of unlisten) stop()
    await watch.close()
  }
}

function evidenceSignals({ signals }: Cluster, evidence: Evidence): () => void {
  const unlisten = [
    signals.on('checkpoint_wanted', (text) => {
      const [organization_id = '', mode] = text.split(' ')
      evidence.wanted({ organization_id, mode: mode === 'test' ? 'test' : 'live' })
    }),
    signals.on('signed', () => evidence.signedElsewhere()),
  ]
  return () => {
    for (const stop of unlisten) stop()
  }
}

/** Works under a further lease for as long as it is held, again and again, until `until` is aborted. */
async function whileLeased(
  { cluster, logger }: LeadingParts,
  name: string | (() => Promise<string>),
  until: AbortSignal,
  work: ConstructorParameters<typeof LeasedWork>[0]['work'],
): Promise<void> {
  const onError = (error: unknown) => logger.error({ err: error }, 'leading failed, trying again')
  const leased = new LeasedWork({ leases: cluster.leases, name, work, onError })
  leased.start()
  await aborted(until)
  await leased.close()
}

async function runAll(all: readonly SoleWork[], until: AbortSignal): Promise<void> {
  for (const work of all) work.start()
  await aborted(until)
  await Promise.all(all.map((work) => work.close()))
}

/** Does all of it at once until `until` is aborted. When one ends before, all end; rejects with what it ended with. */
async function together(
  until: AbortSignal,
  works: readonly ((until: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failure = new AbortController()
  const signal = AbortSignal.any([until, failure.signal])
  const ended = await Promise.allSettled(works.map((work) => work(signal).finally(() => failure.abort())))
  const rejected = ended.find((one) => one.status === 'rejected')
  if (rejected !== undefined) throw rejected.reason
}
