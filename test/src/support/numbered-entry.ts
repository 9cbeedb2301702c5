import { createHash } from 'node:crypto'

// Every entry of a run has a number, and everything in it follows from that number. So its content can be checked
// after a crash without keeping it, and an entry that was never sent gives itself away.

const BASE_MS = Date.UTC(2026, 0, 1)
const ACTIONS = ['created', 'updated', 'deleted', 'exported', 'shared'] as const
const DESCRIPTION_CHARS_MAX = 900

/** What the API takes. */
export interface EntryDraft {
  readonly id: string
  readonly action: string
  readonly actor: { readonly type: 'user'; readonly id: string; readonly label: string }
  readonly resource: { readonly type: 'order'; readonly id: string }
  readonly description: string
  readonly metadata: { readonly digest: string; readonly number: number }
}

/** What the API shows; only what is held against the draft. */
export interface ListedEntry {
  readonly id: string
  readonly seq: number
  readonly action: string | null
  readonly actor: { readonly id: string | null; readonly label: string | null } | null
  readonly resource: { readonly type: string; readonly id: string | null } | null
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly created_at: string
  readonly _chain: { readonly prev_hash: string; readonly entry_hash: string }
}

/** Prefix that every action has: filtering by it selects all entries, but through the search index. */
export const EVERY_ACTION = 'load.*'

export class NumberedEntries {
  /** 14 hex digits that tell one run's ids from another's. */
  readonly #run: string

  constructor(seed: number) {
    this.#run = digest(`run ${seed}`).slice(0, 14)
  }

  /** A UUIDv7 with the number in it. */
  idOf(number: number): string {
    const time = (BASE_MS + number).toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${this.#run.slice(0, 3)}-8${this.#run.slice(3, 6)}-${this.#run.slice(6)}${digest(`${number}`).slice(0, 4)}`
  }

  /** The number of an id; undefined when it is none of this run. */
  numberOf(id: string): number | undefined {
    const number = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - BASE_MS
    return number >= 0 && this.idOf(number) === id ? number : undefined
  }

  draft(number: number): EntryDraft {
    const text = digest(`${this.#run} ${number}`)
    const kind = Number.parseInt(text.slice(0, 4), 16)
    const user = `u_${kind % 997}`
    return {
      id: this.idOf(number),
      action: `load.${ACTIONS[kind % ACTIONS.length]}`,
      actor: { type: 'user', id: user, label: `User ${user} \u{1f9fe}` },
      resource: { type: 'order', id: `${number}` },
      description: text.repeat(15).slice(0, (kind * 7) % DESCRIPTION_CHARS_MAX),
      metadata: { digest: text, number },
    }
  }

  /** What of a listed entry differs from what was sent; undefined when nothing does. */
  difference(number: number, listed: ListedEntry): string | undefined {
    const draft = this.draft(number)
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['action', listed.action, draft.action],
      ['actor.id', listed.actor?.id, draft.actor.id],
      ['actor.label', listed.actor?.label, draft.actor.label],
      ['resource.id', listed.resource?.id, draft.resource.id],
      ['description', listed.description, draft.description],
      ['metadata.digest', listed.metadata.digest, draft.metadata.digest],
      ['metadata.number', listed.metadata.number, draft.metadata.number],
    ]
    const wrong = pairs.find(([, is, was]) => is !== was)
    return wrong === undefined
      ? undefined
      : `${wrong[0]} was sent as ${JSON.stringify(wrong[2])}, is ${JSON.stringify(wrong[1])}`
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
