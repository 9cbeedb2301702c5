import {
  type CatalogueRule,
  type CatalogueRules,
  type LogName,
  type MetadataSchema,
  readMetadataSchema,
} from '@counterfoil/core'
import { SELF_ACTIONS } from '../access/actions.js'
import { CatalogueTable } from '../access/tables/catalogue-table.js'
import { type Database, openDatabase } from '../sqlite/driver.js'

/** Logs whose rules are kept ready; another one costs reading its organization's catalogue, a few ms. */
const LOGS_MAX = 200

/** Our own actions are known everywhere, with free metadata. */
const OWN: readonly (readonly [string, CatalogueRule])[] = Object.keys(SELF_ACTIONS).map((action) => [
  action,
  { version: 0, schema: undefined },
])

/**
 * The catalogues of the access store as recording needs them: read in the recording thread itself, when a request comes
 * for a log whose policy asks for it and whose catalogue has changed since.
 */
export class CatalogueRuleStore {
  readonly #database: Database
  readonly #table: CatalogueTable
  /** The most recently read last. */
  readonly #kept = new Map<string, { readonly revision: number; readonly rules: CatalogueRules }>()

  private constructor(database: Database) {
    this.#database = database
    this.#table = new CatalogueTable(database)
  }

  /** `path` is the access store's file, which must exist. */
  static async open(path: string): Promise<CatalogueRuleStore> {
    const database = await openDatabase(path, { readOnly: true })
    database.exec('PRAGMA busy_timeout = 5000')
    return new CatalogueRuleStore(database)
  }

  /** The rules of a log as they are at `revision` or later. */
  rulesOf(log: LogName, revision: number): CatalogueRules {
    const name = `${log.organization_id}/${log.mode}`
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.revision >= revision) return kept.rules
    const rules = this.#read(log)
    this.#kept.delete(name)
    if (this.#kept.size >= LOGS_MAX) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(name, { revision, rules })
    return rules
  }

  close(): void {
    this.#database.close()
  }

  #read({ organization_id, mode }: LogName): CatalogueRules {
    const known = this.#table
      .list(organization_id)
      .map(({ action, version, schema }): [string, CatalogueRule] => [
        action,
        { version, schema: schema === undefined ? undefined : readStored(schema) },
      ])
    return {
      policies: this.#table.policies(organization_id, mode),
      actions: new Map([...OWN, ...known]),
    }
  }
}

/**
 * A schema that this version does not understand, as after going back to an older one, fits nothing: an entry must not
 * pass as checked when it was not, and one organization's schema must not stop the others' recording.
 */
function readStored(json: string): MetadataSchema {
  const reading = readMetadataSchema(JSON.parse(json))
  return reading.ok ? reading.schema : { json, rule: { weight: 1, never: true } }
}
