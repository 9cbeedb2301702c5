import { AppError, type JsonObject, type LogName, TILE_WIDTH } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import { endArchive } from '../../access/administration/archives.js'
import { seqsDigest } from '../../access/administration/erasures.js'
import type { SeqRun } from '../../access/tables/erasures-table.js'
import type { Archive, Archived } from '../../access/tables/retention-tables.js'
import type { Evidence } from '../../evidence/evidence.js'
import type { ProofRequest } from '../../reading/proof-archives.js'
import type { Reads } from '../../reading/reads.js'
import { PolledWork } from '../polled-work.js'

export interface ArchivesSettings {
  readonly access: AccessStore
  readonly evidence: Pick<Evidence, 'require' | 'policyFile'>
  readonly reads: Pick<Reads, 'head' | 'count' | 'consistency'>
  /** Writes an archive where archives rest, and verifies it; undefined where no such place was set up. */
  readonly write: ((request: ProofRequest, name: string) => Promise<Omit<Archived, 'archivedAt'>>) | undefined
  readonly onError: (error: unknown) => void
}

/** Entries of a log, from `first`, a multiple of 256, to `end` - 1. */
export interface ArchivedRange {
  readonly first: number
  readonly end: number
}

/** Archives parts of logs: what is about to be pruned, and what somebody asks for; the entries stay where they are. */
export class Archives extends PolledWork {
  readonly #settings: ArchivesSettings

  constructor(settings: ArchivesSettings) {
    super({ run: () => this.#runPending(), onError: settings.onError })
    this.#settings = settings
  }

  /** Throws `archive_place_missing` where there is nowhere to put an archive. */
  requirePlace(): void {
    if (this.#settings.write === undefined) throw placeMissing()
  }

  /**
   * Archives what entries say that are about to lose it, verified; all of them are under a checkpoint. Throws as `write` does.
   */
  async writeNamed(log: LogName, runs: readonly SeqRun[], described: JsonObject): Promise<Archived> {
    const { access, evidence, write } = this.#settings
    if (write === undefined) throw placeMissing()
    const { note, vkeys } = await evidence.require(log)
    const request = {
      ...{ log, note, keys: vkeys.toReversed(), policy: evidence.policyFile(vkeys) },
      named: { spans: runs, described },
    }
    const [[first] = [0], [, last] = [0, 0]] = [runs[0], runs.at(-1)]
    // The same entries again are the same archive.
    const name = `${log.organization_id}-${log.mode}-content-${first}-${last}-${seqsDigest(runs).slice(0, 16)}`
    return { ...(await write(request, name)), archivedAt: access.now() }
  }

  /** Archives a part of a log, verified. Throws `archive_place_missing`, and `damaged_journal` when it does not verify. */
  async write(log: LogName, { first, end }: ArchivedRange): Promise<Archived & ArchivedRange> {
    const { access, evidence, reads, write } = this.#settings
    if (write === undefined) throw placeMissing()
    const { note, size, vkeys } = await evidence.require(log)
    const consistency = await reads.consistency(log, end, size)
    const request = {
      ...{ log, note, keys: vkeys.toReversed(), policy: evidence.policyFile(vkeys) },
      part: { first, end, consistency },
    }
    const written = await write(request, `${log.organization_id}-${log.mode}-${first}-${end - 1}`)
    return { ...written, first, end, archivedAt: access.now() }
  }

  async #runPending(): Promise<void> {
    for (const archive of await this.#settings.access.retention.pendingArchives()) {
      if (this.isClosing) return
      await endArchive(this.#settings.access, { ...archive, ...(await this.#outcomeOf(archive)) })
    }
  }

  /** What cannot be archived as it is stored is told; whatever else goes wrong is thrown, and tried again. */
  async #outcomeOf(archive: Archive): Promise<Pick<Archive, 'made' | 'failure'>> {
    try {
      const range = await this.#rangeOf(archive)
      if (range === undefined) return { failure: 'No entry that is signed was recorded within these times.' }
      return { made: await this.write(archive.log, range) }
    } catch (error) {
      if (!(error instanceof AppError) || !LASTING_FAILURES.has(error.code)) throw error
      return { failure: error.hint ?? error.message }
    }
  }

  /** The entries of these times, from the beginning of the 256 among which the first one is. */
  async #rangeOf({ log, times }: Archive): Promise<ArchivedRange | undefined> {
    const { reads, evidence } = this.#settings
    const head = await reads.head(log)
    if (head === undefined) return undefined
    const through = async (to: number) => head.minIndex + (await reads.count({ log, to })).count
    const from = times.from === null ? head.minIndex : await through(times.from - 1)
    const to = times.to === null ? head.size : await through(times.to)
    const first = from - (from % TILE_WIDTH)
    const end = Math.min(to, (await evidence.require(log)).size)
    return from < end ? { first, end } : undefined
  }
}

/** Failures that trying again does not mend. */
export const LASTING_FAILURES: ReadonlySet<string> = new Set([
  'archive_place_missing',
  'damaged_journal',
  'damaged_ledger',
])

function placeMissing(): AppError {
  return new AppError('archive_place_missing', {
    hint: 'There is nowhere to put archives: whoever runs the server sets archive_directory or archive_url.',
  })
}
