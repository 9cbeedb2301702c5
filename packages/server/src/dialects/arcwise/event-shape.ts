import { microsecondsOf, type Severity } from '@counterfoil/core'
import { type OwnActionNames, vendorActionOf } from '../../http/own-action-names.js'
import type { ReadEntry } from '../../reading/reads.js'

/** What stands where an action was erased: the vendor's key is never null. No action has parentheses by custom. */
export const ERASED_EVENT = '(erased)'

type ArcwiseSeverity = 'info' | 'warning' | 'error'

/**
 * Three levels of the vendor's for our seven, never out of order: who watches for `error` sees everything that ranks
 * from there up, `security` too, which ranks highest.
 */
const SEVERITIES: Readonly<Record<Severity, ArcwiseSeverity>> = {
  debug: 'info',
  info: 'info',
  notice: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'error',
  security: 'error',
}

/** The vendor's catalogue calls the adding of a user `create_role`, its table of keys `add_role`. */
export const ROLE_EVENT_NAME = {
  values: ['recorded', 'create_role', 'add_role'],
  description:
    'Name of the event that adds a user: as it was recorded, or always the one of the catalogue (`create_role`) or of the table of keys (`add_role`).',
} as const
export type RoleEventName = (typeof ROLE_EVENT_NAME.values)[number]

/** How events are named. */
export interface EventNames {
  readonly roleEventName: RoleEventName
  readonly ownActionNames: OwnActionNames
}

/** An entry of the vendor's list: these five keys in this order. */
export interface ArcwiseEvent {
  readonly event: string
  /** Whole seconds since 1970, rounded down. */
  readonly timestamp: number
  readonly severity: ArcwiseSeverity
  readonly message: string | null
  readonly user_id: string | null
}

/** What is left of an entry, in the vendor's shape. */
export function toArcwiseEvent(
  entry: ReadEntry,
  { roleEventName, ownActionNames }: EventNames,
): ArcwiseEvent {
  const action = ownActionNames === 'vendor' ? vendorActionOf(entry, 'arcwise') : entry.action
  return {
    event: toEventName(action, roleEventName),
    timestamp: Math.floor(microsecondsOf(entry.recorded_at) / 1_000_000),
    severity: SEVERITIES[entry.severity ?? 'info'],
    message: entry.description ?? null,
    user_id: entry.actor?.id ?? null,
  }
}

function toEventName(action: string | undefined, roleEventName: RoleEventName): string {
  if (action === undefined) return ERASED_EVENT
  if (roleEventName === 'recorded') return action
  return action === 'create_role' || action === 'add_role' ? roleEventName : action
}
