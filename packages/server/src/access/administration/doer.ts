import { type Actor, AppError, type Context } from '@counterfoil/core'
import type { ApiKey } from '../api-key.js'
import type { Permission } from '../permissions.js'

/** Who changes something: how the entry about it names them, and what they may pass on. */
export interface Doer {
  readonly actor: Actor
  readonly context?: Context
  readonly holds: (permission: Permission) => boolean
}

/** Somebody at the command line of the machine itself, who holds everything already. */
export function commandLine(user: string): Doer {
  return {
    actor: { type: 'system', id: 'command_line', label: 'Command line', name: user },
    holds: () => true,
  }
}

/** Counterfoil itself, at its first start. */
export const COUNTERFOIL: Doer = {
  actor: { type: 'system', id: 'counterfoil', label: 'Counterfoil' },
  holds: () => true,
}

/** The person, key or token behind a request. */
export function doerOf(key: ApiKey, context: Context): Doer {
  return { actor: actorOf(key), context, holds: (permission) => key.permissions.includes(permission) }
}

/** The actor that entries name for a key, session or token. */
export function actorOf({ kind, keyId, name, owner, role }: ApiKey): Actor {
  if (owner !== undefined && role !== undefined) {
    return { type: 'user', id: owner.personId, label: owner.email, email: owner.email }
  }
  return kind === 'viewer'
    ? { type: 'anonymous', id: keyId, label: name === '' ? 'Viewer' : name }
    : { type: 'api_key', id: keyId, ...(name === '' ? {} : { label: name }) }
}

/** Nobody passes on what they do not hold. Throws `permission_denied` that names what is missing. */
export function requireHolds(by: Doer, permissions: readonly Permission[]): void {
  const missing = permissions.find((permission) => !by.holds(permission))
  if (missing === undefined) return
  throw new AppError('permission_denied', {
    hint: `Only somebody who has the permission ${missing} may give it to others or take it away.`,
    details: { required: missing },
  })
}
