import type { AccessStore } from '../access/access-store.js'
import type { KeyRotation } from '../access/tables/key-rotations-table.js'
import type { Evidence } from '../evidence/evidence.js'
import type { Reads } from '../reading/reads.js'
import type { SelfAudit } from '../self-audit/self-audit.js'

export interface KeyRotationsSettings {
  readonly access: AccessStore
  readonly selfAudit: Pick<SelfAudit, 'settled'>
  readonly evidence: Pick<Evidence, 'rotateKey'>
  readonly reads: Pick<Reads, 'entry'>
  readonly onError: (error: unknown) => void
}

/** How often rotations are looked for that another process, such as the command line, asked for. */
const POLL_MS = 1_000

/**
 * Gives logs the keys that were asked for: first the entry that names the new key is in the log, then it signs, together with the
 * one before for a while. What a crash cut short is done again: a key that signs already changes nothing.
 */
export class KeyRotations {
  readonly #settings: KeyRotationsSettings
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #failing = false

  constructor(settings: KeyRotationsSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#timer = setInterval(() => void this.runOnce(), POLL_MS).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  /** Carries out what is pending. Never rejects: what cannot be done yet is tried again. */
  async runOnce(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      for (const rotation of await this.#settings.access.keyRotations.pending())
        await this.#carryOut(rotation)
      this.#failing = false
    } catch (error) {
      // Told once, not every second.
      if (!this.#failing) this.#settings.onError(error)
      this.#failing = true
    }
  }

  async #carryOut({ id, log, entryId, generation, overlapUntil }: KeyRotation): Promise<void> {
    const { access, selfAudit, evidence, reads } = this.#settings
    await selfAudit.settled()
    if ((await reads.entry(log, entryId)) === undefined) return
    const isDone = await evidence.rotateKey(log, { generation, overlapUntilMs: overlapUntil })
    // A log that is frozen gets its key when it is not any more.
    if (isDone) await access.transaction((access) => access.keyRotations.finish(id, access.now()))
  }
}
