import { formatMicroseconds, type Json, type JsonObject, type LogName } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import { SELF_ACTIONS } from '../../access/actions.js'
import type { CatalogueAction } from '../../access/tables/catalogue-table.js'
import type { FlagCount } from '../../catalogue/flags.js'
import type { Coverage, Reads, SeenAction } from '../../reading/reads.js'

/** Different actions that a log is looked through for; a rarer one counts as not looked at. */
const SEEN_MAX = 10_000
export const UNKNOWN_LISTED_MAX = 1_000
/** The group that our own actions are shown in. */
const OWN_GROUP = 'Counterfoil'

interface Sight extends Coverage {
  readonly byAction: ReadonlyMap<string, SeenAction>
  /** Whether there may be actions in the log that are not in `byAction`. */
  readonly cut: boolean
}

/** What a log has of each action. */
export async function lookAtLog(reads: Reads, log: LogName): Promise<Sight> {
  const { actions, ...coverage } = await reads.actionsSeen({ log }, SEEN_MAX)
  return {
    ...coverage,
    byAction: new Map(actions.map((seen) => [seen.action, seen])),
    cut: actions.length === SEEN_MAX,
  }
}

/**
 * The catalogue by group, as a page shows it: the organization's groups, what is in none, and our own actions last.
 * Without a sight of the log, which takes a permission of its own, it counts nothing.
 */
export async function catalogueShape(
  access: AccessStore,
  log: LogName,
  sight: Sight | undefined,
): Promise<JsonObject> {
  const actions = await access.catalogue.list(log.organization_id)
  const known = new Set(actions.map(({ action }) => action))
  const own = Object.entries(SELF_ACTIONS).filter(([action]) => !known.has(action))
  const inGroup = (name: string | undefined) =>
    actions.filter(({ group }) => group === name).map((action) => toActionShape(action, sight))
  const ungrouped = inGroup(undefined)
  const groups = [
    ...(await access.catalogue.groups(log.organization_id)).map(({ name, description }) =>
      toGroup(name, description, false, inGroup(name)),
    ),
    ...(ungrouped.length === 0 ? [] : [toGroup(null, '', false, ungrouped)]),
    toGroup(
      OWN_GROUP,
      'What Counterfoil records about itself.',
      true,
      own.map(([action, { sentence }]) => ({
        ...nameShape(action, OWN_GROUP, sentence, 0),
        ...sightShape(sight, action),
      })),
    ),
  ]
  const unknown = sight === undefined ? undefined : await unknownActions(access, log, sight)
  return {
    object: 'catalogue',
    mode: log.mode,
    groups,
    unknown_action_count: unknown?.length ?? null,
    ...(sight === undefined ? {} : coverageShape(sight)),
  }
}

/** Actions that the log has and the catalogue does not, the most frequent first. */
export async function unknownActionList(
  access: AccessStore,
  log: LogName,
  sight: Sight,
): Promise<JsonObject> {
  const unknown = await unknownActions(access, log, sight)
  return {
    object: 'list',
    data: unknown.slice(0, UNKNOWN_LISTED_MAX).map(({ action }) => ({
      object: 'unknown_action',
      action,
      ...sightShape(sight, action),
    })),
    has_more: unknown.length > UNKNOWN_LISTED_MAX,
    next_cursor: null,
    ...coverageShape(sight),
  }
}

export function flagShape(flag: FlagCount): JsonObject {
  return {
    object: 'catalogue_flag',
    kind: flag.kind,
    action: flag.action === '' ? null : flag.action,
    schema_version: flag.version === 0 ? null : flag.version,
    count: flag.count,
    first_seen_at: formatMicroseconds(flag.firstSeenAt),
    last_seen_at: formatMicroseconds(flag.lastSeenAt),
    newest: { entry_id: flag.entryId, pointer: flag.pointer, message: flag.message },
  }
}

async function unknownActions(
  access: AccessStore,
  log: LogName,
  sight: Sight,
): Promise<readonly SeenAction[]> {
  const known = new Set((await access.catalogue.list(log.organization_id)).map(({ action }) => action))
  return [...sight.byAction.values()].filter(
    ({ action }) => !known.has(action) && !Object.hasOwn(SELF_ACTIONS, action),
  )
}

function toActionShape(action: CatalogueAction, sight: Sight | undefined): JsonObject {
  return {
    ...nameShape(action.action, action.group ?? null, action.description, action.version),
    ...sightShape(sight, action.action),
  }
}

function nameShape(action: string, group: string | null, description: string, version: number): JsonObject {
  return { object: 'catalogue_action', action, group, description, schema_version: version }
}

/** Null where it was not looked at. */
function sightShape(sight: Sight | undefined, action: string): JsonObject {
  const seen = sight?.byAction.get(action)
  if (seen === undefined) {
    const count = sight === undefined || sight.cut ? null : 0
    return { count, first_seen_at: null, last_seen_at: null }
  }
  return {
    count: seen.count,
    first_seen_at: formatMicroseconds(seen.firstSeenAt),
    last_seen_at: formatMicroseconds(seen.lastSeenAt),
  }
}

function toGroup(
  name: string | null,
  description: string,
  builtIn: boolean,
  actions: readonly JsonObject[],
): JsonObject {
  const counts = actions.map(({ count }) => count as Json)
  const count = counts.includes(null) ? null : counts.reduce<number>((sum, one) => sum + (one as number), 0)
  return { object: 'catalogue_group', name, description, built_in: builtIn, count, actions }
}

function coverageShape({ completeThroughSeq, complete }: Coverage): JsonObject {
  return { complete_through_seq: completeThroughSeq, ...(complete ? {} : { partial: true }) }
}
