import { type Actor, canonicalJson } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'

/** An entry as a node of any of the connections; each key is written out, nothing is spread. */
export function toLogNode(entry: ReadEntry) {
  const { actor, context, operation, resource } = entry
  const name = operation?.name ?? entry.action ?? null
  return {
    id: globalId('AuditLog', String(entry.seq + 1)),
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
    id: actor.id === undefined ? null : globalId('User', actor.id),
    email: actor.email ?? null,
  }
}

/** Base64 of `Type:id`, as all ids of this API are. */
export function globalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64')
}
