import type { Logger } from 'pino'
import { CosignedCheckpoints } from '../evidence/cosigned-checkpoints.js'
import { Evidence, type SharedEvidence } from '../evidence/evidence.js'
import type { EvidenceMethods, EvidenceThreadSettings } from '../evidence/evidence-thread.js'
import { Trimmer } from '../evidence/trimmer.js'
import type { Indexing } from '../indexing/indexing.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import type { Recorder } from '../recording/recorder.js'
import type { Settings } from '../settings/settings.js'
import { LogKeys } from '../signer/signing-keys.js'
import { startThread, type Thread, type ThreadClient } from '../threads/thread-call.js'
import { CosignedStore } from '../witnessing/cosigned-store.js'
import { WitnessPolicy } from '../witnessing/witness-policy.js'
import { Witnessing, witnessPrefix } from '../witnessing/witnessing.js'
import { dataPaths } from './data-directory.js'
import type { Cluster } from './open-cluster.js'
import { prepareLedger } from './prepare-ledger.js'
import { journalPlace, ledgerPlace, signerPlace } from './store-places.js'

const CLOSE_MS = 2_000

/** Starts what makes evidence of the journal: the ledger, the signer, and the client of witnesses. */
export async function openEvidence(
  settings: Settings,
  signingRoot: Uint8Array,
  reading: Pick<ThreadClient<ReadingMethods>, 'consistency' | 'heads'>,
  logger: Logger,
  fail: (error: Error) => void,
  closers: (() => Promise<void> | void)[],
  cluster: Cluster | undefined,
): Promise<Evidence> {
  await prepareLedger(ledgerPlace(settings), reading, logger)
  const { cosigned: cosignedPath } = dataPaths(settings.data)
  const witnessPolicy = WitnessPolicy.read(settings.witness_policy)
  const { witnesses } = witnessPolicy.policy
  const thread = startEvidenceThread(settings, signingRoot, witnesses, fail, closers)
  const store = await CosignedStore.open(cosignedPath)
  closers.push(() => store.close())
  const cosigned = new CosignedCheckpoints(witnessPolicy)
  closers.push(() => cosigned.close())
  const failing = new Map<string, string>()
  const keys = new LogKeys(signingRoot)
  const witnessing = new Witnessing({
    witnesses,
    consistency: reading.consistency,
    newest: (log) => evidence.of(log),
    onCosigned: ({ log, origin, size, note = '' }, text, witness, line) => {
      evidence.attach(log, text, witness, line)
      const enough = cosigned.add(log, { origin, size, note }, witness, line)
      if (enough !== undefined) store.put(origin, enough)
    },
    onFork: (log, reason) => evidence.alarm(log, reason),
    onTrouble: (witness, reason) => {
      if (failing.get(witness) === reason) return
      if (reason === undefined) failing.delete(witness)
      else failing.set(witness, reason)
      if (reason === undefined) logger.info({ witness }, 'the witness cosigns again')
      else
        logger.warn({ witness, reason }, 'the witness does not cosign; checkpoints are published without it')
    },
  })
  closers.push(() => witnessing.close())
  const evidence: Evidence = new Evidence({
    witnessPolicy,
    cosigned,
    ...(cluster === undefined ? {} : { shared: sharedEvidence(cluster) }),
    onSigned: (signed) => witnessing.published(signed),
    thread: thread.methods,
    vkeysOf: (origin, generation) => keys.vkeysOf(origin, generation),
    heartbeatMs: settings.checkpoint_heartbeat_seconds * 1_000,
    onFrozen: ({ origin, frozen }) =>
      logger.error(
        { origin, reason: frozen },
        'FROZEN: what is stored does not extend what was signed; this log is recorded on and not signed any more',
      ),
    onError: (error) => logger.error({ err: error }, 'checkpoints wait to be signed, trying again'),
  })
  await evidence.start()
  closers.push(() => evidence.close(CLOSE_MS))
  return evidence
}

function startEvidenceThread(
  settings: Settings,
  signingRoot: Uint8Array,
  witnesses: readonly { readonly name: string }[],
  fail: (error: Error) => void,
  closers: (() => Promise<void> | void)[],
): Thread<EvidenceMethods> {
  const thread = startThread<EvidenceMethods>({
    file: new URL('../evidence/evidence-thread.js', import.meta.url),
    name: 'evidence',
    settings: {
      journal: journalPlace(settings),
      ledger: ledgerPlace(settings),
      signer: signerPlace(settings),
      signingRoot,
      heldReasons: witnesses.map(({ name }) => witnessPrefix(name)),
    } satisfies EvidenceThreadSettings,
    onExit: fail,
  })
  // What never opened cannot close, and a thread that is left keeps the process from ending.
  closers.push(() => thread.methods.close().finally(thread.terminate))
  return thread
}

/** How processes that share the signer hear of each other. */
function sharedEvidence({ signals }: Cluster): SharedEvidence {
  return {
    want: ({ organization_id, mode }) => {
      const log = `${organization_id} ${mode}`
      signals.send('checkpoint_wanted', log, log)
    },
    signed: () => signals.send('signed', ''),
  }
}

/** Cuts from the journal what rests in the ledger. */
export function openTrimmer(
  {
    evidence,
    recorder,
    indexer,
  }: { readonly evidence: Evidence; readonly recorder: Recorder; readonly indexer: Indexing },
  logger: Logger,
): Trimmer {
  return new Trimmer({
    evidence,
    trim: (log, until, rowsMax) => recorder.trim(log, until, rowsMax),
    indexPosition: () => indexer.donePosition,
    onError: (error) => logger.error({ err: error }, 'journal rows stay, though the ledger should have them'),
  })
}
