import { setTimeout as delay } from 'node:timers/promises'
import { AppError, GENESIS_HASH, type LogName } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import type { IntegrityCheck } from '../access/tables/integrity-table.js'
import type { ChainVerdict, LogStart, VerifyRange } from '../journal/journal.js'
import { latestDue, type TimeOfDay } from './due.js'
import { type Damage, noteOutcome } from './note-outcome.js'

/** What checks read: the journal, behind everything else. */
export interface CheckedJournal {
  logs(): Promise<readonly LogName[]>
  startOf(log: LogName): Promise<LogStart>
  verify(log: LogName, range: Omit<VerifyRange, 'onProgress'>): Promise<ChainVerdict>
}

export interface IntegritySettings {
  readonly access: AccessStore
  readonly journal: CheckedJournal
  /** When logs are checked; undefined for never. */
  readonly at: TimeOfDay | undefined
  readonly onDamage: (log: LogName, damage: Damage) => void
  readonly onError: (error: unknown) => void
  /** Entries walked before the walk rests as long as that took; a test may have few. */
  readonly sliceEntries?: number
}

/** What metrics tell. */
export interface IntegrityStanding {
  /** Logs that the last check found damaged. */
  readonly damagedLogs: number
  /** When the last round over all logs ended; 0 for never. Milliseconds since 1970. */
  readonly finishedAt: number
  /** How long ago the round was due that has not ended; 0 when it has. */
  readonly overdueMs: number
  /** Entries walked since the start of the process. */
  readonly walkedEntries: number
}

const SLICE_ENTRIES = 8_192
const POLL_MS = 30_000
/** A crash loses no more of a walk than this. */
const SAVED_EVERY_MS = 5_000

/**
 * Walks every log once a day, from its first entry to its last, and records what it found in the log itself. A round that
 * was due while the server was down begins when it starts, one that was cut short goes on where it was; there is never
 * more than one. It works half of the time at most, in the thread of exports.
 */
export class IntegrityChecks {
  readonly #settings: IntegritySettings
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #closing = false
  #walkedEntries = 0

  constructor(settings: IntegritySettings) {
    this.#settings = settings
  }

  start(): void {
    this.#closing = false
    if (this.#settings.at === undefined) return
    void this.runIfDue()
    this.#timer = setInterval(() => void this.runIfDue(), POLL_MS).unref()
  }

  /** Ends after the slice under way; the walk goes on there at the next start. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    await this.#round
  }

  /** Checks all logs if a round is due; resolves when it has ended, or at once when none is. Never rejects. */
  async runIfDue(): Promise<void> {
    this.#round ??= this.#runIfDue().finally(() => {
      this.#round = undefined
    })
    await this.#round
  }

  async standing(): Promise<IntegrityStanding> {
    const { integrity, now } = this.#settings.access
    const schedule = await integrity.schedule()
    const unfinished = schedule !== undefined && schedule.finishedAt === undefined
    return {
      damagedLogs: (await integrity.all()).filter(({ damage }) => damage !== undefined).length,
      finishedAt: schedule?.finishedAt ?? 0,
      overdueMs: unfinished ? Math.max(0, now() - schedule.dueAt) : 0,
      walkedEntries: this.#walkedEntries,
    }
  }

  async #runIfDue(): Promise<void> {
    const { access, at, onError } = this.#settings
    if (at === undefined || this.#closing) return
    const { integrity } = access
    const latest = latestDue(at, access.now())
    const schedule = await integrity.schedule()
    if (schedule === undefined) {
      // A new installation: nothing was ever due.
      await access.transaction((access) =>
        access.integrity.setSchedule({ dueAt: latest, finishedAt: access.now() }),
      )
      return
    }
    try {
      // What was begun is ended first; it may well be yesterday's.
      if (schedule.finishedAt === undefined) await this.#runRound(schedule.dueAt)
      if (schedule.dueAt < latest) await this.#runRound(latest)
    } catch (error) {
      // The round stays unfinished: the next look at the clock goes on with it, and a metric tells for how long.
      if (!this.#closing) onError(error)
    }
  }

  async #runRound(dueAt: number): Promise<void> {
    const { access, journal } = this.#settings
    await access.transaction((access) => access.integrity.setSchedule({ dueAt, finishedAt: undefined }))
    for (const log of allOf(await journal.logs(), await access.integrity.all())) {
      if (this.#closing) return
      const check = await access.integrity.find(log)
      if (check?.dueAt === dueAt && check.finishedAt !== undefined) continue
      await this.#checkLog(check?.dueAt === dueAt ? check : beginCheck(log, dueAt, access.now(), check))
    }
    if (this.#closing) return
    await access.transaction((access) => access.integrity.setSchedule({ dueAt, finishedAt: access.now() }))
  }

  async #checkLog(begun: IntegrityCheck): Promise<void> {
    const { access, sliceEntries = SLICE_ENTRIES } = this.#settings
    let check = begun
    let savedMs = performance.now()
    for (;;) {
      const startMs = performance.now()
      const step = await this.#walkSlice(check, sliceEntries)
      if (step === undefined) return
      this.#walkedEntries += step.check.walked - check.walked
      check = step.check
      if (step.ended) {
        await this.#finish(check, step.damage)
        return
      }
      const nowMs = performance.now()
      if (this.#closing || nowMs - savedMs > SAVED_EVERY_MS) {
        const saved = check
        await access.transaction((access) => access.integrity.save(saved))
        savedMs = nowMs
      }
      if (this.#closing) return
      await delay(nowMs - startMs)
    }
  }

  /** Walks on by a slice; undefined when the server closes meanwhile. */
  async #walkSlice(before: IntegrityCheck, sliceEntries: number): Promise<Step | undefined> {
    const check = await this.#fromStart(before)
    const { log, walked, headHash, frontier, passedSize, passedHash } = check
    // A slice ends at the entry that was the last when a check passed, to hold the two against each other.
    const limit = walked < passedSize ? Math.min(sliceEntries, passedSize - walked) : sliceEntries
    const { erasures, retention } = this.#settings.access
    const deletionEntries = [...(await erasures.entryIds(log)), ...(await retention.pruneEntryIds(log))]
    const range = { fromSeq: walked, limit, resume: { headHash, frontier }, deletionEntries }
    let verdict: ChainVerdict
    try {
      verdict = await this.#settings.journal.verify(log, range)
    } catch (error) {
      if (this.#closing) return undefined
      return { check, ended: true, damage: unreadable(walked, error) }
    }
    const { broken, logSize, state, nextSeq } = verdict
    const next: IntegrityCheck = { ...check, walked: (verdict.lastSeq ?? walked - 1) + 1, ...state }
    if (broken !== undefined) return { check: next, ended: true, damage: broken }
    if (logSize < Math.max(passedSize, walked))
      return { check: next, ended: true, damage: shortened(logSize, Math.max(passedSize, walked)) }
    if (next.walked === passedSize && passedSize > 0 && next.headHash !== passedHash)
      return { check: next, ended: true, damage: rewritten(passedSize, passedHash, next.headHash) }
    return { check: next, ended: nextSeq === undefined, damage: undefined }
  }

  /** A log that was pruned is walked from its new beginning. */
  async #fromStart(check: IntegrityCheck): Promise<IntegrityCheck> {
    const { size, headHash, frontier } = await this.#settings.journal.startOf(check.log)
    return check.walked < size ? { ...check, walked: size, headHash, frontier } : check
  }

  /** Keeps the outcome and commits the entry about it, in one transaction. */
  async #finish(check: IntegrityCheck, damage: Damage | undefined): Promise<void> {
    const { access, onDamage } = this.#settings
    const finished: IntegrityCheck = {
      ...check,
      finishedAt: access.now(),
      damage:
        damage === undefined ? undefined : `${damage.reason} at seq ${damage.seq}: ${damage.explanation}`,
      ...(damage === undefined ? { passedSize: check.walked, passedHash: check.headHash } : {}),
    }
    await access.transaction(async (access) => {
      await access.integrity.save(finished)
      await noteOutcome(access, finished, damage)
    })
    if (damage !== undefined) onDamage(check.log, damage)
  }
}

interface Step {
  readonly check: IntegrityCheck
  readonly ended: boolean
  readonly damage: Damage | undefined
}

function beginCheck(
  log: LogName,
  dueAt: number,
  startedAt: number,
  before: IntegrityCheck | undefined,
): IntegrityCheck {
  return {
    log,
    dueAt,
    startedAt,
    finishedAt: undefined,
    walked: 0,
    redacted: 0,
    headHash: GENESIS_HASH,
    frontier: new Uint8Array(0),
    passedSize: before?.passedSize ?? 0,
    passedHash: before?.passedHash ?? GENESIS_HASH,
    // Until this check says otherwise.
    damage: before?.damage,
  }
}

/** Logs that the journal has, and those that it had. */
function allOf(there: readonly LogName[], checked: readonly IntegrityCheck[]): readonly LogName[] {
  const names = new Set(there.map(nameOf))
  return [...there, ...checked.map(({ log }) => log).filter((log) => !names.has(nameOf(log)))]
}

function nameOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}

function unreadable(seq: number, error: unknown): Damage {
  const why = error instanceof AppError ? (error.hint ?? error.message) : String(error)
  return { seq, reason: 'unreadable', explanation: `from this entry on the journal cannot be read: ${why}` }
}

function shortened(logSize: number, sizeBefore: number): Damage {
  const explanation = `the log had ${sizeBefore} entries at an earlier check and has ${logSize} now`
  return { seq: logSize, reason: 'missing_row', explanation }
}

function rewritten(size: number, before: string, now: string): Damage {
  const explanation = `the chain is whole, but its entry ${size - 1} has the hash ${now} and had ${before} at an earlier check: the log was written anew`
  return { seq: size - 1, reason: 'entry_hash_mismatch', explanation }
}
