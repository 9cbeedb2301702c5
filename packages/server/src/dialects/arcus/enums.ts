import type { ActorType, Outcome, Severity } from '@counterfoil/core'
import type { CompatibilitySwitch } from '../../http/route.js'

/**
 * The vendor has two APIs over the same rows with two sets of values, and publishes no mapping between them. Ours are
 * finer than either, so each API folds them; a filter by one of its values finds everything that folds to it.
 */
export type Fold<Ours extends string> = Readonly<Record<Ours, string>>

/** `error` becomes the next higher level: a failure is never told as less than it was. */
export const AUDIT_SEVERITY: Fold<Severity> = {
  debug: 'info',
  info: 'info',
  notice: 'info',
  warning: 'warning',
  error: 'critical',
  critical: 'critical',
  security: 'security',
}

export const AUDIT_OUTCOME: Fold<Outcome> = { success: 'success', failure: 'failure', denied: 'failure' }

export const AUDIT_ACTOR_TYPE: Fold<ActorType> = {
  user: 'user',
  api_key: 'api_key',
  system: 'system',
  webhook: 'webhook',
  service: 'system',
  anonymous: 'user',
}

export const ACTIVITY_SEVERITY: Fold<Severity> = {
  ...AUDIT_SEVERITY,
  notice: 'notice',
  security: 'critical',
}

export const ACTIVITY_ACTOR_TYPE: Fold<ActorType> = { ...AUDIT_ACTOR_TYPE, webhook: 'system' }

/** The value as the folding API says it; null for one that was erased. */
export function folded<Ours extends string>(fold: Fold<Ours>, value: Ours | undefined): string | null {
  return value === undefined ? null : fold[value]
}

/** Our values that a filter by `values` means: all that fold to one of them, or the very value when none does. */
export function unfolded<T extends string>(fold: Fold<string>, values: readonly T[]): readonly T[] {
  return values.flatMap((value) => {
    const ours = Object.keys(fold).filter((key) => fold[key] === value)
    return ours.length === 0 ? [value] : (ours as T[])
  })
}

/** How the audit API says them: ours as they are, or folded to the vendor's. */
export const ENUM_CHOICES = ['ours', 'audit'] as const
export type EnumChoice = (typeof ENUM_CHOICES)[number]

export const ARCUS_SWITCHES = {
  enums: {
    values: ENUM_CHOICES,
    description:
      'Severities, outcomes and kinds of actor of audit_log_entries: ours, or folded to the few of the audit reference.',
  },
} satisfies Readonly<Record<string, CompatibilitySwitch>>
