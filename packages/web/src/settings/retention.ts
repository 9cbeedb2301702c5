export interface Policy {
  /** Null: all entries without a policy of their own. */
  readonly category: string | null
  readonly keep_days: number | null
  readonly keep_bytes: number | null
  readonly removes: 'content' | 'entries'
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
    readonly held_back: readonly { readonly name: string; readonly entries: number }[]
  }[]
}

/** What would go now, for people. */
export function previewSentences({ prune, expiries }: RetentionPreview): readonly string[] {
  const sentences = expiries.map(({ policy, entries, held_back: held }) => {
    const of = policy.category === null ? '' : ` of ${policy.category}`
    const kept = held.map(({ name, entries: count }) => ` “${name}” keeps ${count.toLocaleString()} of them.`)
    return `Now ${entries.toLocaleString()} entries${of} are due to lose what they say.${kept.join('')}`
  })
  if (prune === null) return sentences
  const kept = prune.held_back.map(({ name }) => ` “${name}” keeps what follows.`)
  return [
    ...sentences,
    `Now ${prune.entries.toLocaleString()} entries before number ${prune.to.toLocaleString()} would go.${kept.join('')}`,
  ]
}
