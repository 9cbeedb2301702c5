import type { S3Client } from '../../object-storage/s3-client.js'
import { type Mark, parseMark, statePrefix } from './object-names.js'

/** How long a state is believed that somebody else may have taken further meanwhile. */
const STATE_MS = 10_000
/** 8 KiB each. */
const TILES_MAX = 2_048
/** 32 bytes each, and as much for their names. */
const ROOTS_MAX = 100_000

/** Where a log stands in the ledger; see object-names.ts. */
export type LogState = Readonly<Record<Mark, number>>

const EMPTY: LogState = { size: 0, begin: 0, removed: 0 }

/** What one thread knows of a ledger without asking: numbers, which only grow, and tiles, which never change. */
export class KnownLogs {
  readonly #states = new Map<string, { readonly state: LogState; readonly at: number }>()
  readonly #tiles = new Map<string, Uint8Array>()
  readonly #roots = new Map<string, Uint8Array>()

  /** The state of a log, asked for when it is not known well enough. */
  async state(client: S3Client, origin: string): Promise<LogState> {
    const known = this.#states.get(origin)
    if (known !== undefined && performance.now() - known.at < STATE_MS) return known.state
    return this.readState(client, origin)
  }

  /** The state of a log as the store has it now. */
  async readState(client: S3Client, origin: string): Promise<LogState> {
    const state = { ...EMPTY }
    for (const { key } of await client.list(statePrefix(origin))) {
      const found = parseMark(key)
      if (found !== undefined) state[found.mark] = Math.max(state[found.mark], found.value)
    }
    this.#states.set(origin, { state, at: performance.now() })
    return state
  }

  note(origin: string, mark: Mark, value: number): void {
    const state = this.#states.get(origin)?.state ?? EMPTY
    this.#states.set(origin, {
      state: { ...state, [mark]: Math.max(state[mark], value) },
      at: performance.now(),
    })
  }

  tile(key: string): Uint8Array | undefined {
    return this.#tiles.get(key)
  }

  noteTile(key: string, hashes: Uint8Array): void {
    // A copy: what was put may be a view of memory that is used again.
    keep(this.#tiles, key, new Uint8Array(hashes), TILES_MAX)
  }

  root(key: string): Uint8Array | undefined {
    return this.#roots.get(key)
  }

  noteRoot(key: string, root: Uint8Array): void {
    keep(this.#roots, key, new Uint8Array(root), ROOTS_MAX)
  }
}

function keep<Value>(values: Map<string, Value>, key: string, value: Value, max: number): void {
  if (values.size >= max) values.delete(values.keys().next().value as string)
  values.set(key, value)
}

const known = new Map<string, KnownLogs>()

/** One for each place in a thread, so that a reader knows at once what the writer beside it has put. */
export function knownLogsOf(url: string): KnownLogs {
  const logs = known.get(url) ?? new KnownLogs()
  known.set(url, logs)
  return logs
}
