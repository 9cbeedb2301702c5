import type { JsonObject, LogName, SectionPath } from '@counterfoil/core'
import type { LogStart } from '../journal/journal.js'
import { type JournalPlace, openJournalReader } from '../journal/open-journal.js'
import { lent } from '../journal/resting-rows.js'
import { type LedgerPlace, openLedger, openLedgerReader } from '../ledger/open-ledger.js'
import { LogSigner } from '../signer/log-signer.js'
import { openSignerStore, type SignerPlace } from '../signer/open-signer-store.js'
import { LogKeys } from '../signer/signing-keys.js'
import { type AnsweredMethods, answerCalls, threadSettings } from '../threads/thread-call.js'
import {
  type AdvanceResult,
  EvidenceKeeper,
  type HeartbeatResult,
  type LogEvidence,
  type StartResult,
} from './evidence-keeper.js'
import { type EpochChange, type EpochRequest, planEpoch, type Soundness } from './plan-epoch.js'

// Everything between an entry being durable and a checkpoint over it, beside recording and reading, on connections of its
// own: recomputing, compressing, signing. Recording never waits for it; it has the same share of the cores, as a receipt that
// falls behind under load does not catch up until the load ends.

export interface EvidenceThreadSettings {
  readonly journal: JournalPlace
  readonly ledger: LedgerPlace
  readonly signer: SignerPlace
  /** What the signing keys of logs derive from, 32 bytes. */
  readonly signingRoot: Uint8Array
  readonly heldReasons: readonly string[]
}

/** What signs a log, and what would sign it next. */
export interface SigningKeys {
  readonly origin: string
  readonly generation: number
  readonly vkey: string
  readonly newVkey: string
}

const settings = threadSettings<EvidenceThreadSettings>()
const opening = openParts(settings)
opening.catch(() => undefined)

async function openParts({
  journal,
  ledger,
  signer: signerPlace,
  signingRoot,
  heldReasons,
}: EvidenceThreadSettings) {
  const ledgerWriter = await openLedger(ledger)
  const ledgerReader = await openLedgerReader(ledger)
  const journalReader = await openJournalReader(journal, 'evidence', async () => lent(ledgerReader))
  const store = await openSignerStore(signerPlace, signingRoot)
  // Learns what was signed when it starts, or from those who sign.
  const signer = new LogSigner(store, new LogKeys(signingRoot))
  const keeper = new EvidenceKeeper({
    journal: journalReader,
    ledger: ledgerWriter,
    ledgerReader,
    signer,
    heldReasons,
  })
  const close = async () => {
    await Promise.all([store.close(), ledgerReader.close(), ledgerWriter.close(), journalReader.close()])
  }
  return { keeper, store, journal: journalReader, ledger: ledgerReader, signer, close }
}

/**
 * One thing at a time: what brings a log forward reads the journal and writes the ledger later, and must not put there what
 * was erased in between.
 */
let turn: Promise<unknown> = Promise.resolve()
function inTurn<Result>(work: (keeper: EvidenceKeeper) => Promise<Result>): Promise<Result> {
  const result = turn.then(async () => work((await opening).keeper))
  turn = result.catch(() => undefined)
  return result
}

let followedRevision = 0

const methods = {
  /** Opens everything and holds what is stored against what was signed. */
  start: (): Promise<StartResult> => inTurn((keeper) => keeper.start()),
  /** What other processes have signed since it was asked last; at first, all that is signed. */
  follow: async (): Promise<readonly LogEvidence[]> => {
    const { keeper, store } = await opening
    if (!('changedSince' in store)) return []
    const { heads, revision } = await store.changedSince(followedRevision)
    followedRevision = revision
    return heads.length === 0 ? [] : inTurn(() => keeper.follow(heads))
  },
  advance: (logs: readonly LogName[]): Promise<AdvanceResult> => inTurn((keeper) => keeper.advance(logs)),
  freeze: (origin: string, reason: string): Promise<LogEvidence | undefined> =>
    inTurn(async (keeper) => keeper.freeze(origin, reason)),
  heartbeat: (): Promise<HeartbeatResult> => inTurn((keeper) => keeper.heartbeat()),
  erase: (log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> =>
    inTurn((keeper) => keeper.erase(log, seqs, paths)),
  rotateKey: (
    log: LogName,
    rotation: { readonly generation: number; readonly overlapUntilMs: number },
  ): Promise<LogEvidence | undefined> => inTurn((keeper) => keeper.rotateKey(log, rotation)),
  /** The key that signs a log, and the one after it; undefined while nothing is signed of it. */
  keys: async (log: LogName): Promise<SigningKeys | undefined> => {
    const { signer } = await opening
    const head = signer.newestHead(log)
    if (head === undefined) return undefined
    const { origin, generation } = head
    return { origin, generation, vkey: signer.vkeys(head)[0] as string, newVkey: signer.nextVkey(head) }
  },
  /** See `planEpoch`; `soundness` is what a walk over the log has found. */
  planEpoch: (request: EpochRequest, soundness: Soundness): Promise<EpochChange> =>
    inTurn(async () => {
      const { journal, ledger, signer } = await opening
      return planEpoch({ journal, ledger, signer, verify: async () => soundness }, request)
    }),
  certify: (log: LogName, content: JsonObject): Promise<string | undefined> =>
    inTurn((keeper) => keeper.certify(log, content)),
  startAt: (log: LogName, minIndex: number): Promise<LogStart | undefined> =>
    inTurn((keeper) => keeper.startAt(log, minIndex)),
  prune: (log: LogName, minIndex: number, bundlesMax: number): Promise<number> =>
    inTurn((keeper) => keeper.prune(log, minIndex, bundlesMax)),
  bundleBytes: (log: LogName): Promise<readonly number[]> => inTurn((keeper) => keeper.bundleBytes(log)),
  shrink: (): Promise<boolean> => inTurn((keeper) => keeper.shrink()),
  scrub: (): Promise<boolean> => inTurn((keeper) => keeper.scrub()),
  soundSize: (log: LogName): Promise<number> => inTurn((keeper) => keeper.soundSize(log)),
  close: async (): Promise<void> => (await opening).close(),
}

answerCalls(methods)

export type EvidenceMethods = AnsweredMethods<typeof methods>
