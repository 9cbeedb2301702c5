import type { ApiKey, Owner } from './api-key.js'
import { type Permission, permissionOfScope, type Scope } from './permissions.js'

/** Who asks, as far as deciding goes. */
export type Principal =
  | { readonly kind: 'none' }
  /** Somebody who signed in to an organization, or their personal token; the role's permissions are the present ones. */
  | {
      readonly kind: 'person'
      readonly person: Owner
      readonly organizationId: string
      readonly role: string
      readonly permissions: readonly Permission[]
    }
  /** A person of the platform's own organization whose role reaches beyond it. */
  | {
      readonly kind: 'operator'
      readonly person: Owner
      readonly organizationId: string
      readonly role: string
      readonly permissions: readonly Permission[]
    }
  | {
      readonly kind: 'api_key'
      readonly keyId: string
      readonly organizationId: string
      readonly permissions: readonly Permission[]
    }
  /** Somebody on whose behalf an API key made a short-lived token that only reads. */
  | {
      readonly kind: 'viewer'
      readonly keyId: string
      readonly organizationId: string
      readonly permissions: readonly Permission[]
    }

/** Whose thing it is about. */
export interface Subject {
  readonly organizationId: string
  /** Whether the principal has an access for support to it that has not ended. */
  readonly supportAccess?: boolean
}

const NOBODY: Principal = { kind: 'none' }
/** What an access for support opens: the entries, and nothing else of the organization. */
const SUPPORT_PERMISSIONS: ReadonlySet<Permission> = new Set<Permission>([
  'entries.read',
  'entries.export',
  'entries.verify',
])

/** The principal that a key, session or token stands for. */
export function principalOf(key: ApiKey | undefined): Principal {
  if (key === undefined) return NOBODY
  const { keyId, kind, organizationId, permissions, owner, role } = key
  if (kind === 'viewer') return { kind: 'viewer', keyId, organizationId, permissions }
  if (owner === undefined || role === undefined)
    return { kind: 'api_key', keyId, organizationId, permissions }
  const reachesOut = permissions.some((permission) => permission.startsWith('platform.'))
  return { kind: reachesOut ? 'operator' : 'person', person: owner, organizationId, role, permissions }
}

/**
 * Whether a principal may do something to an organization. This is the one place that decides: in one's own
 * organization, what the role or the scopes permit; in another one, nothing but what the platform's operators and
 * keys are for.
 */
export function may(principal: Principal, permission: Permission, subject: Subject): boolean {
  if (principal.kind === 'none') return false
  const has = (name: Permission) => principal.permissions.includes(name)
  if (subject.organizationId === principal.organizationId) return has(permission)
  if (permission === 'entries.record') return has('platform.record')
  return SUPPORT_PERMISSIONS.has(permission) && subject.supportAccess === true && has('platform.support')
}

/** The first of `scopes` that the principal has for this organization. */
export function grantedScope(
  principal: Principal,
  scopes: readonly Scope[],
  subject: Subject,
): Scope | undefined {
  return scopes.find((scope) => may(principal, permissionOfScope(scope), subject))
}
