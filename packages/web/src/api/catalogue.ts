import type { Mode } from './me.js'

// What the routes of the catalogue answer, as far as the page shows it.

/** What the log has of an action; null for those who may not see it. */
interface Seen {
  readonly count: number | null
  readonly last_seen_at: string | null
}

export interface CatalogueAction extends Seen {
  readonly action: string
  readonly group: string | null
  readonly description: string
  /** 0 without a schema. */
  readonly schema_version: number
}

export interface CatalogueGroup {
  /** Null for actions that are in no group. */
  readonly name: string | null
  readonly description: string
  /** Counterfoil's own actions, which nobody changes. */
  readonly built_in: boolean
  readonly count: number | null
  readonly actions: readonly CatalogueAction[]
}

export interface Catalogue {
  readonly groups: readonly CatalogueGroup[]
  readonly unknown_action_count: number | null
  readonly partial?: true
}

/** One action with its schema. */
export interface ActionDetails {
  readonly action: string
  readonly group: string | null
  readonly description: string
  readonly metadata_schema: unknown
  readonly versions: readonly { readonly version: number; readonly created_at: string }[]
}

export interface UnknownAction extends Seen {
  readonly action: string
}

export interface CatalogueFlag {
  readonly kind: 'unknown_action' | 'metadata_mismatch'
  /** Null for those past the bound, which are counted together. */
  readonly action: string | null
  readonly count: number
  readonly last_seen_at: string
  readonly newest: { readonly entry_id: string; readonly message: string }
}

export const POLICIES = ['accept', 'flag', 'refuse'] as const
export type Policy = (typeof POLICIES)[number]

export interface ModePolicy {
  readonly mode: Mode
  readonly unknown_action: Policy
  readonly metadata_mismatch: Policy
}

export interface ReadyCatalogue {
  readonly vendor: string
  readonly groups: readonly { readonly name: string }[]
  readonly actions: readonly { readonly action: string }[]
}

export const CATALOGUE = '/v1/catalogue'
export const UNKNOWN = `${CATALOGUE}/unknown_actions`
export const FLAGS = `${CATALOGUE}/flags`

/** The route of one action: any text but `.` and `..`, which no path can hold. */
export function actionPath(action: string): string {
  return `${CATALOGUE}/actions/${encodeURIComponent(action)}`
}
