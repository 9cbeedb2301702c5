import { AppError, Frontier, type LogName, SECTION_PATHS, toHex } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import { RUNS_TEXT_MAX, toRuns } from '../../access/administration/erasures.js'
import { requestExpiry, requestPrune } from '../../access/administration/retention.js'
import { policyShape } from '../../access/administration/retention-shapes.js'
import type { LegalHold, RetentionPolicy } from '../../access/tables/retention-tables.js'
import type { LogStart } from '../../journal/journal.js'
import { sha256Into } from '../../platform-hash.js'
import { isSelected } from '../../reading/read-entry.js'
import type { Reads } from '../../reading/reads.js'
import { chooseEntries } from '../choose-entries.js'
import type { Erasures } from '../erasures.js'
import { PolledWork } from '../polled-work.js'
import { type Archives, LASTING_FAILURES } from './archives.js'
import {
  type PlannedExpiry,
  type PlannedPrune,
  type PlanParts,
  planRetention,
  type RetentionPlan,
  selectionOf,
} from './plan.js'
import type { Prunes, PrunesSettings } from './prunes.js'
import { RetentionClock } from './retention-clock.js'

export interface RetentionSettings {
  readonly access: AccessStore
  readonly plan: PlanParts
  readonly reads: Pick<Reads, 'entries' | 'consistency'>
  readonly evidence: PrunesSettings['evidence']
  readonly prunes: Prunes
  readonly erasures: Pick<Erasures, 'kick'>
  readonly archives: Archives
  /** How long the clock must have gone evenly before a run that nobody asked for. */
  readonly confirmMs?: number
  readonly onError: (error: unknown) => void
}

/** How often it is looked for what has become due. */
const DUE_EVERY_MS = 3_600_000
const DUE_AGAIN_MS = 60_000
const CONFIRM_MS = 3_600_000
/** Entries that one entry about expiry names. */
const EXPIRED_AT_ONCE = 50_000

/**
 * Lets go what need not be kept: by the hour, and when somebody asks. What goes is decided and committed in one step, with the entry
 * about it; carrying it out is for erasures and prunes.
 */
export class Retention extends PolledWork {
  readonly #settings: RetentionSettings
  readonly #clock: RetentionClock
  #dueMs = 0

  constructor(settings: RetentionSettings) {
    super({ run: () => this.#runPending(), onError: settings.onError })
    this.#settings = settings
    this.#clock = new RetentionClock(settings.confirmMs ?? CONFIRM_MS)
  }

  get archives(): Archives {
    return this.#settings.archives
  }

  override start(): void {
    this.#settings.prunes.open()
    this.archives.start()
    super.start()
  }

  override async close(): Promise<void> {
    this.#settings.prunes.close()
    await Promise.all([super.close(), this.archives.close()])
  }

  /** Finishes what was begun, makes the runs that were asked for, and those that are due. */
  async #runPending(): Promise<void> {
    const { access, prunes } = this.#settings
    const confirmedMs = this.#clock.look({ wallMs: access.now(), steadyMs: performance.now() })
    await prunes.runPending()
    const failures: unknown[] = []
    for (const run of await access.retention.pendingRuns()) {
      if (this.isClosing) return
      try {
        const outcome = await this.#runLog(run.log, access.now()).catch(lastingOutcome)
        await access.retention.endRun(run, access.now(), outcome)
      } catch (error) {
        failures.push(error)
      }
    }
    if (confirmedMs !== undefined && performance.now() >= this.#dueMs)
      failures.push(...(await this.#runDue(confirmedMs)))
    await prunes.runPending()
    if (failures.length > 0) throw failures[0]
  }

  /** What is due of every log; gives what went wrong: no log keeps another from its turn. */
  async #runDue(confirmedMs: number): Promise<readonly unknown[]> {
    const failures: unknown[] = []
    for (const log of logsOf(await this.#settings.access.retention.allPolicies())) {
      if (this.isClosing) return failures
      await this.#runLog(log, confirmedMs).catch((error: unknown) => void failures.push(error))
    }
    this.#dueMs = performance.now() + (failures.length === 0 ? DUE_EVERY_MS : DUE_AGAIN_MS)
    return failures
  }

  /** What would go of a log now; nothing changes. */
  async preview(log: LogName): Promise<RetentionPlan> {
    const { access, plan } = this.#settings
    return planRetention(plan, {
      log,
      policies: await access.retention.policies(log),
      holds: await activeHolds(access, log),
      nowMs: access.now(),
    })
  }

  /** Commits what is due of a log; gives what that is in a sentence. */
  async #runLog(log: LogName, nowMs: number): Promise<string> {
    const { access, plan, erasures } = this.#settings
    const policies = await access.retention.policies(log)
    const holds = await activeHolds(access, log)
    if ((await access.retention.pendingPrunes()).some((prune) => isSame(prune.log, log)))
      return 'Pruning goes on already.'
    if ((await access.erasures.pending()).some((erasure) => isSame(erasure.log, log)))
      return 'An erasure of this log is not carried out yet; see GET /v1/erasures.'
    const { prune, expiries } = await planRetention(plan, { log, policies, holds, nowMs })
    const done: string[] = []
    for (const expiry of expiries) {
      const entries = await this.#expire(expiry, holds)
      if (entries > 0) done.push(`${entries} entries lose what they say`)
    }
    if (done.length > 0) erasures.kick()
    if (prune !== undefined && prune.to > prune.from && (await this.#prune(log, prune, holds)))
      done.push(`entries ${prune.from} to ${prune.to - 1} go`)
    return done.length === 0 ? 'Nothing goes.' : `${done.join('; ')}.`
  }

  async #prune(
    log: LogName,
    { policy, from, to }: PlannedPrune,
    holds: readonly LegalHold[],
  ): Promise<boolean> {
    const { access, evidence, archives } = this.#settings
    const start = await evidence.pruning.startAt(log, to)
    if (start === undefined || start.size !== to) return false
    const archived = policy.archive ? await archives.write(log, { first: from, end: to }) : undefined
    const { headHash: lastHash } = start
    const prune = await requestPrune(access, {
      ...{ log, from, to, root: rootOf(start), lastHash, policy },
      holds: holds.map(({ id }) => id),
      ...(archived === undefined ? {} : { archived }),
    })
    return prune !== undefined
  }

  /** Commits erasures of all that entries say, some thousands at a time. Gives how many entries lose something. */
  async #expire({ policy, selection }: PlannedExpiry, holds: readonly LegalHold[]): Promise<number> {
    const { evidence, reads } = this.#settings
    const held = holds.map(selectionOf)
    // Only what is signed can be archived with its proof.
    const end = policy.archive ? (evidence.of(selection.log)?.size ?? 0) : Number.POSITIVE_INFINITY
    let total = 0
    let seqs: number[] = []
    const commit = async () => {
      if (seqs.length === 0) return
      await this.#commitExpiry(policy, selection.log, seqs, holds)
      total += seqs.length
      seqs = []
    }
    try {
      for await (const entries of reads.entries(selection, 'oldest_first')) {
        if (this.isClosing) break
        const due = entries.filter((entry) => !held.some((hold) => isSelected(hold, entry)))
        const { runs } = await chooseEntries(only(due), SECTION_PATHS)
        for (const [first, last] of runs)
          for (let seq = first; seq <= last && seq < end; seq++) seqs.push(seq)
        if (seqs.length >= EXPIRED_AT_ONCE || seqs.length * SPAN_CHARACTERS > RUNS_TEXT_MAX) await commit()
      }
      await commit()
    } catch (error) {
      if (!(error instanceof HoldMade)) throw error
    }
    return total
  }

  /** Archives what the policy says must be, and commits that it goes. Throws HoldMade where a hold was made meanwhile. */
  async #commitExpiry(
    policy: RetentionPolicy,
    log: LogName,
    seqs: readonly number[],
    holds: readonly LegalHold[],
  ): Promise<void> {
    const { access, archives } = this.#settings
    const runs = toRuns(seqs)
    const ids = holds.map(({ id }) => id)
    const described = { policy: policyShape(policy) }
    const archived = policy.archive ? await archives.writeNamed(log, runs, described) : undefined
    const erasure = await requestExpiry(access, {
      ...{ log, runs, holds: ids, reason: keptText(policy) },
      legalBasis: `Retention policy${policy.category === null ? '' : ` for ${policy.category}`}`,
      ...(archived === undefined ? {} : { archived }),
    })
    if (erasure === undefined) throw new HoldMade()
  }
}

/** What somebody who asked for a run is told of a failure that trying again does not mend; every other one is thrown on. */
function lastingOutcome(error: unknown): string {
  if (error instanceof AppError && LASTING_FAILURES.has(error.code)) return error.hint ?? error.message
  throw error
}

/** How long a policy keeps entries, as the entry about expiry says. */
function keptText({ keepDays, keepBytes }: RetentionPolicy): string {
  const days = keepDays === null ? [] : [`for ${keepDays} days`]
  const bytes = keepBytes === null ? [] : [`up to ${keepBytes} bytes`]
  return `Kept ${[...days, ...bytes].join(', and ')}.`
}

/** The longest that a single number and its comma are. */
const SPAN_CHARACTERS = 17

/** Stops the rest of a run. */
class HoldMade extends Error {}

async function* only<T>(one: T): AsyncGenerator<T> {
  yield one
}

function rootOf({ size, frontier }: LogStart): string {
  return toHex(Frontier.restore(sha256Into, size, frontier).root())
}

async function activeHolds(access: AccessStore, log: LogName): Promise<readonly LegalHold[]> {
  return (await access.retention.holds(log)).filter(({ liftedAt }) => liftedAt === undefined)
}

function logsOf(policies: readonly RetentionPolicy[]): readonly LogName[] {
  return policies
    .map(({ log }) => log)
    .filter((log, i, all) => all.findIndex((other) => isSame(other, log)) === i)
}

function isSame(a: LogName, b: LogName): boolean {
  return a.organization_id === b.organization_id && a.mode === b.mode
}
