import type { JsonObject, LogName } from '@counterfoil/core'
import { policyShape } from '../../access/administration/retention-shapes.js'
import type { RetentionPlan } from './plan.js'

/** What would go, as it is shown. */
export function planShape({ mode }: LogName, { prune, expiries }: RetentionPlan): JsonObject {
  return {
    object: 'retention_preview',
    mode,
    prune:
      prune === undefined
        ? null
        : {
            policy: policyShape(prune.policy),
            from: prune.from,
            to: prune.to,
            entries: prune.to - prune.from,
            bytes: prune.bytes,
            held_back: prune.heldBack.map(({ hold, seq }) => ({
              id: hold.id,
              name: hold.name,
              first_seq: seq,
            })),
          },
    expiries: expiries.map(({ policy, entries, bytes, heldBack }) => ({
      policy: policyShape(policy),
      entries,
      bytes_now: bytes?.now ?? null,
      bytes_estimated: bytes?.estimated ?? null,
      held_back: heldBack.map(({ hold, entries: held }) => ({ id: hold.id, name: hold.name, entries: held })),
    })),
  }
}
