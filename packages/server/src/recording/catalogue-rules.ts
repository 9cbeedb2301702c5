import {
  type CatalogueRule,
  type CatalogueRules,
  type LogName,
  type MetadataSchema,
  readMetadataSchema,
} from '@counterfoil/core'
import { SELF_ACTIONS } from '../access/actions.js'
import { type AccessPlace, openAccessTables } from '../access/open-access-store.js'
import { CatalogueTable } from '../access/tables/catalogue-table.js'
import type { SqlDatabase } from '../sql/sql-database.js'

/**
 * Characters of schemas that are kept ready, over all logs; a log that is not among them costs reading its catalogue, some
 * milliseconds for a large one. Rules take a few times the memory of their text.
 */
const KEPT_LENGTH_MAX = 32 * 2 ** 20
/** What an action counts for besides its schema. */
const ACTION_LENGTH = 200

interface KeptRules {
  readonly revision: number
  readonly rules: CatalogueRules
  /** Characters that they count for. */
  readonly length: number
}

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
  readonly #database: SqlDatabase
  readonly #table: CatalogueTable
  /** The most recently used last. */
  readonly #kept = new Map<string, KeptRules>()
  #keptLength = 0

  private constructor(database: SqlDatabase) {
    this.#database = database
    this.#table = new CatalogueTable(database)
  }

  /** Of an access store that is there. */
  static async open(place: AccessPlace): Promise<CatalogueRuleStore> {
    return new CatalogueRuleStore(await openAccessTables(place))
  }

  /** The rules of a log as they are at `revision` or later. */
  async rulesOf(log: LogName, revision: number): Promise<CatalogueRules> {
    const name = `${log.organization_id}/${log.mode}`
    const known = this.#kept.get(name)
    if (known !== undefined) this.#drop(name, known)
    const kept = known !== undefined && known.revision >= revision ? known : await this.#read(log, revision)
    this.#kept.set(name, kept)
    this.#keptLength += kept.length
    for (const [oldest, rules] of this.#kept) {
      if (this.#keptLength <= KEPT_LENGTH_MAX || oldest === name) break
      this.#drop(oldest, rules)
    }
    return kept.rules
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #drop(name: string, { length }: KeptRules): void {
    this.#kept.delete(name)
    this.#keptLength -= length
  }

  async #read({ organization_id, mode }: LogName, revision: number): Promise<KeptRules> {
    const actions = await this.#table.list(organization_id)
    const known = actions.map(({ action, version, schema }): [string, CatalogueRule] => [
      action,
      { version, schema: schema === undefined ? undefined : readStored(schema) },
    ])
    return {
      revision,
      length: actions.reduce((sum, { schema }) => sum + ACTION_LENGTH + (schema?.length ?? 0), 0),
      rules: {
        policies: await this.#table.policies(organization_id, mode),
        actions: new Map([...OWN, ...known]),
      },
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
