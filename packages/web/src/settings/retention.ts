export interface Policy {
  /** Null: all entries without a policy of their own. */
  readonly category: string | null
  readonly keep_days: number | null
  readonly keep_bytes: number | null
  readonly removes: 'content' | 'entries'
  readonly archive: boolean
}

/** A part of the log that was archived, or is to be. */
export interface Archive {
  readonly id: string
  readonly status: 'pending' | 'made' | 'failed'
  readonly from_date: string | null
  readonly to_date: string | null
  /** Its first entry, and the one after its last. */
  readonly from: number | null
  readonly to: number | null
  /** How many it holds: fewer than there are between these where one category alone was archived. */
  readonly entries: number | null
  readonly place: string | null
  readonly asked_at: string
  readonly archived_at: string | null
  readonly failure: string | null
}

export interface Hold {
  readonly id: string
  readonly name: string
  readonly reason: string
  /** Search text; empty for every entry. */
  readonly query: string
  readonly made_at: string
}

export interface Retention {
  readonly min_index: number
  readonly policies: readonly Policy[]
  readonly holds: readonly Hold[]
}

export interface RetentionPreview {
  readonly prune: {
    readonly entries: number
    readonly to: number
    readonly held_back: readonly { readonly name: string }[]
  } | null
  readonly expiries: readonly {
    readonly policy: Policy
    readonly entries: number
    /** Null unless the policy is in bytes. */
    readonly bytes_now: number | null
    readonly bytes_estimated: boolean | null
    readonly held_back: readonly { readonly name: string; readonly entries: number }[]
  }[]
}

/** A million bytes, which is what people set bounds in. */
export const MEGABYTE = 1_000_000

/** Bytes as people say them. */
export function bytesText(bytes: number): string {
  if (bytes < MEGABYTE / 10) return `${bytes.toLocaleString()} bytes`
  return `${(bytes / MEGABYTE).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`
}

function takenText({
  bytes_now: now,
  bytes_estimated: isEstimated,
}: Pick<RetentionPreview['expiries'][number], 'bytes_now' | 'bytes_estimated'>): string {
  return now === null ? '' : ` What is kept takes ${isEstimated ? 'about ' : ''}${bytesText(now)} at present.`
}

/** What would go now, for people. */
export function previewSentences({ prune, expiries }: RetentionPreview): readonly string[] {
  const sentences = expiries.map(({ policy, entries, held_back: held, ...bytes }) => {
    const of = policy.category === null ? '' : ` of ${policy.category}`
    const kept = held.map(({ name, entries: count }) => ` “${name}” keeps ${count.toLocaleString()} of them.`)
    return `Now ${entries.toLocaleString()} entries${of} are due to lose what they say.${takenText(bytes)}${kept.join('')}`
  })
  if (prune === null) return sentences
  const kept = prune.held_back.map(({ name }) => ` “${name}” keeps what follows.`)
  return [
    ...sentences,
    `Now ${prune.entries.toLocaleString()} entries before number ${prune.to.toLocaleString()} would go.${kept.join('')}`,
  ]
}
