import { type Actor, canonicalJson } from '@counterfoil/core'
import { toGlobalId } from '../../http/global-id.js'
import type { ReadEntry } from '../../reading/reads.js'

/** An entry as a node of any of the connections; each key is written out, nothing is spread. */
export function toLogNode(entry: ReadEntry) {
  const { actor, context, operation, resource } = entry
  const name = operation?.name ?? entry.action ?? null
  return {
    id: toGlobalId('AuditLog', entry.seq + 1),
    user: toUser(actor),
    ip: context?.ip_address ?? null,
    success: entry.outcome === 'success',
    mutationName: name,
    operationName: name,
    operationText: operation?.text ?? null,
    variables: operation?.variables === undefined ? null : canonicalJson(operation.variables),
    model: resource === undefined ? null : { name: resource.label ?? resource.id ?? null },
    // All six digits, though the vendor shows three: a bound that is taken from an answer is then exact.
    loggedAt: entry.recorded_at,
  }
}

function toUser(actor: Actor | undefined) {
  if (actor?.id === undefined && actor?.email === undefined) return null
  return {
    id: actor.id === undefined ? null : toGlobalId('User', actor.id),
    email: actor.email ?? null,
  }
}
