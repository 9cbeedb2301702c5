import type { SentEntry } from '../entry/content.js'
import type { JsonObject } from '../entry/entry.js'
import { quoted, Report } from '../entry/report.js'
import type { MetadataSchema } from './metadata-schema.js'
import { CHECK_STEPS_MAX, fitsSchema, type StepBudget } from './schema-check.js'

/** What is done with an entry that does not agree with the catalogue. */
export const CATALOGUE_POLICIES = ['accept', 'flag', 'refuse'] as const
export type CataloguePolicy = (typeof CATALOGUE_POLICIES)[number]

/** In what an entry does not agree with the catalogue. */
export const FLAG_KINDS = ['unknown_action', 'metadata_mismatch'] as const
export type FlagKind = (typeof FLAG_KINDS)[number]

/** What an organization's catalogue asks of the entries of a log. */
export interface CatalogueRules {
  readonly policies: Readonly<Record<FlagKind, CataloguePolicy>>
  readonly actions: ReadonlyMap<string, CatalogueRule>
}

export interface CatalogueRule {
  /** Of the newest schema; 0 before the first. */
  readonly version: number
  /** Undefined when metadata is free. */
  readonly schema: MetadataSchema | undefined
}

/** An entry that was admitted although it does not agree with the catalogue. */
export interface EntryFlag {
  /** Place among the entries of the request. */
  readonly index: number
  readonly kind: FlagKind
  readonly action: string
  /** Version of the schema that the metadata does not fit; 0 for an action that is unknown. */
  readonly version: number
  /** The first thing that does not fit: a JSON pointer into the entry, and a sentence. */
  readonly pointer: string
  readonly message: string
}

const NO_METADATA: JsonObject = {}

/**
 * Holds the entries of one request against a catalogue, one after another: `flags` gathers what is flagged, the report
 * is told of what is refused. Entries are never altered.
 */
export class CatalogueInspection {
  readonly #rules: CatalogueRules
  readonly #budget: StepBudget
  readonly #flags: EntryFlag[] = []
  #next = 0

  constructor(rules: CatalogueRules, stepsMax = CHECK_STEPS_MAX) {
    this.#rules = rules
    this.#budget = { left: stepsMax }
  }

  get flags(): readonly EntryFlag[] {
    return this.#flags
  }

  /** `report` stands at the entry. */
  readonly inspect = ({ action, metadata = NO_METADATA }: SentEntry, report: Report): void => {
    const index = this.#next++
    const { actions, policies } = this.#rules
    const rule = actions.get(action)
    if (rule === undefined) {
      const policy = policies.unknown_action
      if (policy === 'accept') return
      const message = `${quoted(action)} is not in the organization's catalogue. Send an action that is, or add this one.`
      const kind = 'unknown_action'
      if (policy === 'refuse') report.addAt('action', kind, message)
      else this.#flags.push({ index, kind, action, version: 0, pointer: '/action', message })
      return
    }
    const policy = policies.metadata_mismatch
    if (rule.schema === undefined || policy === 'accept') return
    if (policy === 'refuse') {
      report.enter('metadata')
      fitsSchema(rule.schema, metadata, report, this.#budget)
      report.leave()
      return
    }
    const aside = new Report()
    aside.enter('metadata')
    if (fitsSchema(rule.schema, metadata, aside, this.#budget)) return
    const [problem] = aside.problems()
    const { pointer = '/metadata', message = '' } = problem ?? {}
    this.#flags.push({ index, kind: 'metadata_mismatch', action, version: rule.version, pointer, message })
  }
}
