import assert from 'node:assert/strict'
import type { LogName } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import type { OutboxEntry } from '../access/tables/outbox-table.js'
import type { Recorder } from '../recording/recorder.js'

/** How often the outbox is looked at for what other processes put there. */
const POLL_MS = 1_000
const ENTRIES_AT_ONCE = 200
/** How long an answer waits for the entry about it to be in the journal; the entry is committed in any case. */
const SETTLE_MS = 2_000

export interface SelfAuditSettings {
  readonly access: AccessStore
  readonly recorder: Pick<Recorder, 'record'>
  readonly onError: (error: unknown) => void
}

/**
 * Takes entries about ourselves from the outbox of the access store, where they were committed with the change they
 * tell of, to the journal. Each carries its id: one that was handed over before a crash and is handed over again is
 * recorded once. While recording has stopped they wait.
 */
export class SelfAudit {
  readonly #settings: SelfAuditSettings
  #running: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #failing = false

  constructor(settings: SelfAuditSettings) {
    this.#settings = settings
  }

  start(): void {
    void this.#drain()
    this.#timer = setInterval(() => void this.#drain(), POLL_MS).unref()
  }

  /** Resolves when what is committed by now is in the journal, or after two seconds if that cannot be had. */
  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLE_MS)
    })
    await Promise.race([this.#drain(), patience])
    clearTimeout(timer)
  }

  /** Hands over what is there, as far as recording goes on; the rest waits on disk for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#drain()
  }

  /** One at a time: entries go in the order in which they were committed. */
  #drain(): Promise<void> {
    this.#running = this.#running.then(() => this.#drainOnce())
    return this.#running
  }

  async #drainOnce(): Promise<void> {
    try {
      for (;;) {
        const entries = await this.#settings.access.outbox.oldest(ENTRIES_AT_ONCE)
        if (entries.length === 0) break
        await this.#record(entries)
      }
      this.#failing = false
    } catch (error) {
      // Told once, not every second; the entries stay where they are.
      if (!this.#failing) this.#settings.onError(error)
      this.#failing = true
    }
  }

  async #record(entries: readonly OutboxEntry[]): Promise<void> {
    const { access, recorder } = this.#settings
    for (const batch of byLog(entries)) {
      const { log } = batch[0] as OutboxEntry
      const body = new TextEncoder().encode(`[${batch.map(({ json }) => json).join(',')}]`)
      const answer = await recorder.record({
        log,
        body,
        format: 'json',
        route: 'self-audit',
        ownEntries: true,
      })
      assert(
        answer.kind === 'recorded',
        `entries about ourselves were not recorded: ${JSON.stringify(answer)}`,
      )
      await access.transaction((access) => access.outbox.remove(batch.map(({ position }) => position)))
    }
  }
}

/** Entries of one log together, each log's in their order. */
function byLog(entries: readonly OutboxEntry[]): readonly (readonly OutboxEntry[])[] {
  const logs = new Map<string, OutboxEntry[]>()
  for (const entry of entries) {
    const name = nameOf(entry.log)
    const batch = logs.get(name)
    if (batch === undefined) logs.set(name, [entry])
    else batch.push(entry)
  }
  return [...logs.values()]
}

function nameOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}
