import { AppError } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { AccessStore } from '../access/access-store.js'
import { openMasterKey, signingRootOf } from '../access/master-key.js'
import { openAccessStore } from '../access/open-access-store.js'
import { type HashingCost, Passwords } from '../access/password.js'
import { DIALECTS } from '../dialects/registry.js'
import type { Evidence } from '../evidence/evidence.js'
import type { ConnectionLimits } from '../http/connection-limits.js'
import { Draining } from '../http/draining.js'
import { buildHttpServer } from '../http/http-server.js'
import { Metrics } from '../http/metrics.js'
import type { Dialect, Readiness } from '../http/route.js'
import { makeThrottles, type SignInContext, type SignInLimits } from '../http/sign-in-context.js'
import type { OpenSearchIndex } from '../index/open-search-index.js'
import type { SearchIndex } from '../index/search-index.js'
import type { Indexing } from '../indexing/indexing.js'
import { SharedIndexing } from '../indexing/shared-indexing.js'
import { parseTimeOfDay } from '../integrity/due.js'
import { IntegrityChecks, type IntegrityStanding } from '../integrity/integrity-checks.js'
import type { EpochStep } from '../lifecycle/epoch-changes.js'
import { type ErasureStep, Erasures } from '../lifecycle/erasures.js'
import type { PruneStep } from '../lifecycle/retention/prunes.js'
import { RateLimiter } from '../limits/rate-limiter.js'
import { openSmtpMailer } from '../mail/smtp-mailer.js'
import { guardedFetch } from '../outbound/guarded-fetch.js'
import type { ExportMethods } from '../reading/export-thread.js'
import { Exports } from '../reading/exports.js'
import { fairIndex, fairThread, type ReadingTurns, readingTurns } from '../reading/fair-turns.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import { Reads } from '../reading/reads.js'
import { type JournalFollower, Recorder, type RecorderOptions } from '../recording/recorder.js'
import { SelfAudit } from '../self-audit/self-audit.js'
import type { Settings } from '../settings/settings.js'
import { OpenIdClient } from '../sso/openid.js'
import { startThread, type Thread } from '../threads/thread-call.js'
import { dataPaths, holdDataDirectory } from './data-directory.js'
import { diskFreeBytes, storeBytes } from './disk-use.js'
import { type SoleWork, startLeading } from './leading.js'
import { rateLimits, readingShares } from './limits.js'
import { openCatalogue } from './open-catalogue.js'
import { type Cluster, openCluster } from './open-cluster.js'
import { openEvidence, openTrimmer } from './open-evidence.js'
import { openIndexing, openSharedIndexing } from './open-indexing.js'
import { openLogKeeping } from './open-log-keeping.js'
import { openRetention } from './open-retention.js'
import { openSearch } from './open-search.js'
import { servedDialects } from './served-dialects.js'
import { accessPlace, cataloguePlace, journalPlace, ledgerPlace } from './store-places.js'

/** A running server. */
export interface Counterfoil {
  readonly access: AccessStore
  readonly selfAudit: SelfAudit
  readonly integrity: IntegrityChecks
  readonly http: FastifyInstance
  /** Rejects when a part that cannot be done without has died; the process must end then. */
  readonly failed: Promise<never>
  /** Says that it is about to stop, so that nothing new is sent here; whatever comes is served as ever, connections end with their answer. */
  drain(): void
  /** Stops taking requests, finishes what was accepted, closes everything. */
  close(): Promise<void>
}

/** A chunk leaves nothing behind: two slow exports made the process grow by 43 MB, and by 59 MB with 32 MiB. 8 took 12 % more CPU. */
const EXPORT_YOUNG_GENERATION_MB = 16
/** What a test may put in place of what is served. */
export interface Variations {
  readonly dialects?: readonly Dialect[]
  /** What reads ask instead of the search index itself. */
  readonly wrapIndex?: (index: SearchIndex) => SearchIndex
  /** False: every page with a filter comes from the index, so that a test of the API is one of the index. */
  readonly looksNearby?: boolean
  /** The clock of sessions and links. */
  readonly now?: () => number
  readonly hashingCost?: HashingCost
  readonly signInLimits?: SignInLimits
  readonly connectionLimits?: ConnectionLimits
  /** Told when a step of an erasure is done. */
  readonly onErasureStep?: (step: ErasureStep) => void
  /** Told when a step of pruning is done. */
  readonly onPruneStep?: (step: PruneStep) => void
  /** Told when a step of beginning a log anew is done. */
  readonly onEpochStep?: (step: EpochStep) => void
}

/** Takes the data directory and starts everything but listening. Throws AppErrors that name what to mend. */
export async function openCounterfoil(
  settings: Settings,
  logger: Logger,
  variations: Variations = {},
): Promise<Counterfoil> {
  const held = await holdDataDirectory(settings.data, 'serve')
  const closers: (() => Promise<void> | void)[] = [() => held.release()]
  const closeAll = async () => {
    // Every part gets its chance to close, also when one before it could not.
    let firstError: unknown
    for (const close of closers.toReversed()) {
      try {
        await close()
      } catch (error) {
        firstError ??= error
      }
    }
    if (firstError !== undefined) throw firstError
  }
  try {
    return await openParts(settings, logger, variations, closers, closeAll)
  } catch (error) {
    // What went wrong first is what the operator has to mend; closing what is half open may well fail after it.
    await closeAll().catch((closing: unknown) =>
      logger.debug({ err: closing }, 'closing after a failed start'),
    )
    throw error
  }
}

async function openParts(
  settings: Settings,
  logger: Logger,
  { dialects = DIALECTS, wrapIndex = (index) => index, looksNearby = true, ...variations }: Variations,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<Counterfoil> {
  const served = servedDialects(dialects, settings)
  const paths = dataPaths(settings.data)
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  const access = await openAccess(settings, logger, variations, closers)
  const secrets = await openMasterKey(access, { file: paths.masterKey, setting: settings.master_key })
  const signingRoot = await signingRootOf(access, secrets)
  const catalogue = await openCatalogue(settings, closers)
  const cluster = await openCluster(settings, logger, closers)
  const stores = await openStores(settings, { access, signingRoot, cluster }, logger, fail, closers)
  const { recorder, evidence } = stores
  const { reads, exports, turns } = openReads(settings, logger, stores, {
    searched: wrapIndex(stores.search.index),
    looksNearby,
  })
  const metrics = openMetrics(settings, access, stores, {
    exports,
    turns,
    integrity: () => integrity.standing(),
  })
  const draining = new Draining()
  const readiness = () => readinessOf(stores, draining, cluster?.registry.clocks)
  const selfAudit = startSelfAudit(access, stores, logger, closers)
  const integrity = openIntegrity(settings, logger, access, stores)
  const erasures = openErasures(logger, variations, stores, { access, selfAudit, reads })
  const { onEpochStep, onPruneStep } = variations
  const keeping = openLogKeeping(logger, stores, { access, selfAudit, reads, onEpochStep })
  const retained = { access, selfAudit, reads, erasures, onPruneStep }
  const retention = openRetention(settings, logger, stores, retained)
  const schedules = [openTrimmer(stores, logger), integrity, erasures, ...keeping, retention]
  startSoleWork(stores, cluster, schedules, logger, closers)
  const signIn = await openSignIn(settings, variations, closers, () => addressOf(http))
  const http: FastifyInstance = buildHttpServer(
    {
      ...{ access, selfAudit, recorder, reads, evidence, erasures, retention },
      ...{ ...catalogue, metrics, readiness, signIn },
    },
    served,
    new RateLimiter(rateLimits(settings)),
    settings,
    logger,
    variations.connectionLimits,
  )
  closers.push(() => http.close())
  return {
    access,
    selfAudit,
    integrity,
    http,
    failed,
    drain: () => draining.begin(http.server),
    close: closeAll,
  }
}

/** Entries about ourselves go from the access store to the journal. */
function startSelfAudit(
  access: AccessStore,
  { recorder }: Stores,
  logger: Logger,
  closers: (() => Promise<void> | void)[],
): SelfAudit {
  const selfAudit = new SelfAudit({
    access,
    recorder,
    onError: (error) => logger.error({ err: error }, 'entries about ourselves wait to be recorded'),
  })
  selfAudit.start()
  closers.push(() => selfAudit.close())
  return selfAudit
}

/** Organizations, people and keys. */
async function openAccess(
  settings: Settings,
  logger: Logger,
  { now }: Variations,
  closers: (() => Promise<void> | void)[],
): Promise<AccessStore> {
  const access = await openAccessStore(accessPlace(settings), {
    ...(now === undefined ? {} : { now }),
    sessionLimits: {
      absoluteMs: settings.session_hours * 3_600_000,
      idleMs: settings.session_idle_minutes * 60_000,
    },
    onError: (error) => logger.warn({ err: error }, 'when keys were used could not be noted, trying again'),
  })
  closers.push(() => access.close())
  return access
}

/** Erasures that were asked for and not carried out yet go on. */
function openErasures(
  logger: Logger,
  { onErasureStep }: Variations,
  { recorder, evidence, indexer, search, reading }: Stores,
  parts: Pick<ConstructorParameters<typeof Erasures>[0], 'access' | 'selfAudit' | 'reads'>,
): Erasures {
  return new Erasures({
    ...{ ...parts, recorder, evidence, indexer },
    index: search.index,
    indexRowsAt: reading.methods.indexRowsAt,
    onError: (error) => logger.error({ err: error }, 'an erasure could not be carried out yet'),
    onStep: onErasureStep,
  })
}

/** Starts what one process does: this one, where it is alone, or whichever leads. */
function startSoleWork(
  { evidence, indexer, reading }: Stores,
  cluster: Cluster | undefined,
  schedules: readonly SoleWork[],
  logger: Logger,
  closers: (() => Promise<void> | void)[],
): void {
  if (cluster !== undefined && indexer instanceof SharedIndexing) {
    const journal = reading.methods
    startLeading({ cluster, evidence, indexing: indexer, journal, schedules, logger }, closers)
    return
  }
  for (const work of schedules) {
    work.start()
    closers.push(() => work.close())
  }
}

/** Reading, in which organizations take turns. */
function openReads(
  settings: Settings,
  logger: Logger,
  { reading, exporting, indexer }: Stores,
  { searched, looksNearby }: { readonly searched: SearchIndex; readonly looksNearby: boolean },
) {
  const shares = readingShares(settings)
  const index = fairIndex(searched, shares)
  const exports = new Exports(fairThread(exporting.methods, ['verify']), index)
  const turns = readingTurns(shares)
  const reads = new Reads({
    journal: fairThread(reading.methods, ['scan', 'verify']),
    index,
    indexer,
    exports,
    turns,
    looksNearby,
    waitMs: settings.read_wait_ms,
    onStray: (count) =>
      logger.error({ count }, 'the search index named entries that were not asked for; they were left out'),
  })
  return { reads, exports, turns }
}

/** Checks of all logs, once a day, in the thread of exports. */
function openIntegrity(
  settings: Settings,
  logger: Logger,
  access: AccessStore,
  { exporting }: Stores,
): IntegrityChecks {
  return new IntegrityChecks({
    access,
    journal: exporting.methods,
    at: parseTimeOfDay(settings.integrity_check),
    onDamage: (log, damage) => logger.error({ log, damage }, 'the integrity check found a damaged log'),
    onError: (error) => logger.error({ err: error }, 'the integrity check could not go on'),
  })
}

/** What signing in works with. Throws `invalid_setting`. */
async function openSignIn(
  { smtp_url: url, smtp_from: from, public_url, sso_private_addresses }: Settings,
  { hashingCost, signInLimits }: Variations,
  closers: (() => Promise<void> | void)[],
  listensOn: () => string,
): Promise<SignInContext> {
  if (url !== '' && from === '') {
    throw new AppError('invalid_setting', {
      param: 'smtp_from',
      hint: 'Set smtp_from, too: the address that mails come from.',
    })
  }
  const allowPrivate = sso_private_addresses === 'allow'
  const mailer = url === '' ? undefined : await openSmtpMailer({ url, from })
  closers.push(() => mailer?.close())
  return {
    passwords: new Passwords(hashingCost),
    throttles: makeThrottles(signInLimits),
    mailer,
    openId: new OpenIdClient(guardedFetch({ allowPrivate }), allowPrivate),
    publicUrl: () => (public_url === '' ? listensOn() : public_url),
  }
}

/** Never what a request says in its Host header: a link in a mail must not lead to where somebody else says. */
function addressOf(http: FastifyInstance): string {
  const listening = http.server.address()
  if (listening === null || typeof listening === 'string') return 'http://127.0.0.1'
  const { address, family, port } = listening
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

const OWN_ENTRIES_COUNTED = 1_000

function openMetrics(
  { data }: Settings,
  access: AccessStore,
  { indexer, recorder, evidence, search }: Stores,
  {
    exports,
    turns,
    integrity,
  }: {
    readonly exports: Exports
    readonly turns: ReadingTurns
    readonly integrity: () => Promise<IntegrityStanding>
  },
): Metrics {
  return new Metrics({
    journalPosition: () => indexer.journalPosition,
    indexPosition: () => indexer.donePosition,
    indexUnavailableMs: () => indexer.unavailableMs,
    waitingRequests: () => recorder.waitingRequests,
    waitingReads: () => turns.reads.waiting,
    runningExports: () => exports.running,
    integrity,
    frozenLogs: () => evidence.frozen().length,
    checkpointBehindMs: () => evidence.behindMs,
    engineResidentBytes: async () => search.engine?.residentBytes(),
    recordingStopped: () => recorder.stopped,
    logs: () => evidence.count,
    pendingErasures: async () => (await access.erasures.pending()).length,
    ownEntriesWaiting: async () => (await access.outbox.oldest(OWN_ENTRIES_COUNTED)).length,
    diskFreeBytes: () => diskFreeBytes(data),
    storeBytes: () => storeBytes(data),
  })
}

function readinessOf(
  { recorder, indexer, evidence }: Stores,
  draining: Draining,
  clocks: string | undefined,
): Readiness {
  const frozen = evidence.frozen().length
  return {
    recording: recorder.stopped ? 'stopped' : 'ok',
    index: indexState(indexer),
    signing: frozen > 0 ? 'frozen' : 'ok',
    frozen_logs: frozen,
    draining: draining.begun,
    ...(clocks === undefined ? {} : { clocks }),
  }
}

function indexState(indexer: Indexing): 'ok' | 'catching_up' | 'away' {
  if (!indexer.ready || indexer.unavailableMs > 0) return 'away'
  return indexer.donePosition < indexer.journalPosition ? 'catching_up' : 'ok'
}

interface Stores {
  readonly recorder: Recorder
  readonly reading: Thread<ReadingMethods>
  readonly exporting: Thread<ExportMethods>
  readonly search: OpenSearchIndex
  readonly indexer: Indexing
  readonly evidence: Evidence
}

/** Opens journal and index, the indexer between them. Closing goes the other way: first no more recording. */
async function openStores(
  settings: Settings,
  {
    access,
    signingRoot,
    cluster,
  }: {
    readonly access: AccessStore
    readonly signingRoot: Uint8Array
    readonly cluster: Cluster | undefined
  },
  logger: Logger,
  fail: (error: Error) => void,
  closers: (() => Promise<void> | void)[],
): Promise<Stores> {
  // The recorder is open before the indexer can exist; what it records meanwhile is read back from the journal.
  let follower: JournalFollower | undefined
  let evidence: Evidence | undefined
  const recorder = await Recorder.open(
    {
      journal: journalPlace(settings),
      ledger: ledgerPlace(settings),
      originHost: settings.origin,
      diskReserveBytes: settings.disk_reserve_mb * 2 ** 20,
      catalogue: { access: accessPlace(settings), flags: cataloguePlace(settings) },
    },
    {
      get wantsRows() {
        return follower?.wantsRows ?? false
      },
      appended: (lastPosition, rows, logs) => {
        follower?.appended(lastPosition, rows, logs)
        evidence?.appended(logs)
      },
    },
    fail,
    recorderOptions(settings, access, logger),
  )
  closers.push(() => recorder.close())
  const places = { journal: journalPlace(settings), ledger: ledgerPlace(settings) }
  const thread = { settings: places, onExit: fail }
  const reading = startThread<ReadingMethods>({
    ...thread,
    file: new URL('../reading/reading-thread.js', import.meta.url),
    name: 'reading',
  })
  closers.push(() => endThread(reading))
  const exporting = startThread<ExportMethods>({
    ...thread,
    file: new URL('../reading/export-thread.js', import.meta.url),
    name: 'export',
    youngGenerationMb: EXPORT_YOUNG_GENERATION_MB,
  })
  closers.push(() => endThread(exporting))
  await Promise.all([reading.methods.ready(), exporting.methods.ready()])
  evidence = await openEvidence(settings, signingRoot, reading.methods, logger, fail, closers, cluster)
  const installation = await reading.methods.installationId()
  const search = await openSearch(settings, installation, logger)
  closers.push(() => search.index.close())
  const parts = { index: search.index, installation, reading: reading.methods, recorder, logger }
  const indexer =
    cluster === undefined
      ? await openIndexing(parts, closers)
      : await openSharedIndexing(settings, cluster, parts, closers)
  follower = indexer
  return { recorder, reading, exporting, search, indexer, evidence }
}

function recorderOptions(settings: Settings, access: AccessStore, logger: Logger): RecorderOptions {
  return {
    organizationBytesMax: settings.organization_recording_mb * 2 ** 20,
    organizationShare: settings.organization_recording_share / 100,
    catalogue: {
      revisionOf: (log) => access.catalogueRevision(log),
      onUncountedFlags: (reason) => logger.error({ reason }, 'flagged entries were recorded but not counted'),
    },
  }
}

async function endThread({ methods, terminate }: Thread<{ close: () => Promise<void> }>): Promise<void> {
  // What never opened cannot close, and a thread that is left keeps the process from ending.
  await methods.close().finally(terminate)
}
