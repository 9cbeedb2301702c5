import type { AccessStore } from '../access/access-store.js'
import type { KeyRotation } from '../access/tables/key-rotations-table.js'
import type { Evidence } from '../evidence/evidence.js'
import type { Reads } from '../reading/reads.js'
import type { SelfAudit } from '../self-audit/self-audit.js'
import { PolledWork } from './polled-work.js'

export interface KeyRotationsSettings {
  readonly access: AccessStore
  readonly selfAudit: Pick<SelfAudit, 'settled'>
  readonly evidence: Pick<Evidence, 'rotateKey'>
  readonly reads: Pick<Reads, 'entry'>
  readonly onError: (error: unknown) => void
}

/**
 * Gives logs the keys that were asked for: first the entry that names the new key is in the log, then it signs, together with the
 * one before for a while. What a crash cut short is done again: a key that signs already changes nothing.
 */
export class KeyRotations extends PolledWork {
  readonly #settings: KeyRotationsSettings

  constructor(settings: KeyRotationsSettings) {
    super({ run: () => this.#runPending(), onError: settings.onError })
    this.#settings = settings
  }

  async #runPending(): Promise<void> {
    for (const rotation of await this.#settings.access.keyRotations.pending()) {
      if (this.isClosing) return
      await this.#carryOut(rotation)
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
