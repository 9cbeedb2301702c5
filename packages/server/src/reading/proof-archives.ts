import type { JournalReader } from '../journal/journal.js'
import type { LogExport } from '../proof-export/export-log.js'
import { exportArchive } from '../proof-export/tar-archive.js'

/** What an archive of evidence is made of, as it crosses threads. */
export type ProofRequest = Omit<LogExport, 'reader' | 'ledger' | 'onProgress'>

/** Archives that are being made in this thread, each at the pace of its reader. */
export class ProofArchives {
  readonly #opening: Promise<JournalReader>
  readonly #ledger: LogExport['ledger']
  readonly #open = new Map<number, AsyncGenerator<Uint8Array>>()
  #next = 1

  constructor(opening: Promise<JournalReader>, ledger: LogExport['ledger']) {
    this.#opening = opening
    this.#ledger = ledger
  }

  /** Begins one, and gives the number that it is called by. */
  async begin(request: ProofRequest): Promise<number> {
    const number = this.#next++
    this.#open.set(number, exportArchive({ ...request, reader: await this.#opening, ledger: this.#ledger }))
    return number
  }

  /** The next piece; undefined at the end. */
  async next(number: number): Promise<Uint8Array | undefined> {
    const { value } = (await this.#open.get(number)?.next()) ?? {}
    return value ?? undefined
  }

  /** Ends one, whether or not it was taken to its end. */
  async close(number: number): Promise<void> {
    const archive = this.#open.get(number)
    this.#open.delete(number)
    await archive?.return(undefined)
  }
}
