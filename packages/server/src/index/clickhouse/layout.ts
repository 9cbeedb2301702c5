import type { ClickHouseSettings } from '@clickhouse/client'

/**
 * Where the tables are. One server and ClickHouse Cloud, which replaces the engine by its own, have MergeTree; of a cluster
 * every server has a replica of one shard, and a Distributed table that asks all of them. The engine in the box is a server
 * of which nobody but us holds the address.
 */
export type Layout =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'server' }
  | { readonly kind: 'cluster'; readonly cluster: string }

/**
 * Inserts that ClickHouse remembers by their tokens. Only one that was held up in the network for longer than so many others
 * took could come twice.
 */
const REMEMBERED_INSERTS = 1_000

/**
 * How long files stay that were merged or replaced. Somebody waits for those of an erasure, and in the box nobody but us has a
 * say in when the engine looks for them; see `purge`.
 */
const REPLACED_SECONDS = { embedded: 1, elsewhere: 10 }

/** How a table is made, according to the layout. */
export interface TableEngine {
  /** `ENGINE = …` */
  readonly clause: string
  /** Behind those that every layout has. */
  readonly settings: readonly string[]
}

/** Names and clauses that differ with the layout; every statement takes them from here. */
export class Tables {
  readonly layout: Layout
  readonly database: string
  /** The table that is asked and inserted into. */
  readonly entries: string
  /** The table that holds the rows; of a cluster, each server's part of them. */
  readonly storedName: string
  /** Behind the name of whatever is made, changed or dropped: ` ON CLUSTER 'name'`, or nothing. */
  readonly everywhere: string

  /** `database` and the cluster's name become part of the SQL. */
  constructor(database: string, layout: Layout) {
    this.database = database
    this.layout = layout
    this.entries = `${database}.entries`
    this.storedName = layout.kind === 'cluster' ? 'entries_local' : 'entries'
    this.everywhere = layout.kind === 'cluster' ? ` ON CLUSTER ${quote(layout.cluster)}` : ''
  }

  get stored(): string {
    return `${this.database}.${this.storedName}`
  }

  get migrations(): string {
    return `${this.database}.migrations`
  }

  get installation(): string {
    return `${this.database}.installation`
  }

  /** Whether an insert that comes again is known by its token. The engine in the box ends with its connections. */
  get remembersInserts(): boolean {
    return this.layout.kind !== 'embedded'
  }

  /** Of a cluster, a replica that lacks rows which count already is not asked. */
  get readSettings(): ClickHouseSettings {
    return this.layout.kind === 'cluster' ? { select_sequential_consistency: '1' } : {}
  }

  /** A table of the system, of every server that has rows of ours. */
  system(name: string): string {
    const { layout } = this
    return layout.kind === 'cluster'
      ? `clusterAllReplicas(${quote(layout.cluster)}, system.${name})`
      : `system.${name}`
  }

  get storedEngine(): TableEngine {
    const { layout } = this
    if (layout.kind === 'embedded')
      return { clause: 'MergeTree', settings: [`old_parts_lifetime = ${REPLACED_SECONDS.embedded}`] }
    const replaced = `old_parts_lifetime = ${REPLACED_SECONDS.elsewhere}`
    if (layout.kind === 'server')
      return {
        clause: 'MergeTree',
        settings: [replaced, `non_replicated_deduplication_window = ${REMEMBERED_INSERTS}`],
      }
    return {
      clause: this.#replicated(layout.cluster, 'entries/{shard}', '{replica}'),
      settings: [replaced, `replicated_deduplication_window = ${REMEMBERED_INSERTS}`],
    }
  }

  /** Of a table with a few rows that every server of a cluster has whole. */
  get sharedEngine(): string {
    return this.layout.kind === 'cluster'
      ? this.#replicated(this.layout.cluster, 'migrations', '{shard}_{replica}')
      : 'MergeTree'
  }

  /** The path is spelled out, so that a table that is dropped and made again finds nothing of the one before. */
  #replicated(cluster: string, path: string, replica: string): string {
    return `ReplicatedMergeTree('/counterfoil/${cluster}/${this.database}/${path}', '${replica}')`
  }
}

function quote(text: string): string {
  return `'${text}'`
}
