/** Roles that every organization has. `operator` exists in the platform's own organization alone. */
export const BUILT_IN_ROLES = ['owner', 'admin', 'auditor', 'member', 'operator'] as const
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number]

/** What an API key may be given. A scope stands for the permissions that name it in `PERMISSIONS`. */
export const SCOPES = [
  'audit:write',
  'audit:read',
  'audit:read:own',
  'access:read',
  'access:write',
  'viewer_tokens:create',
  'platform:read',
  'platform:write',
  'platform:audit:write',
] as const
export type Scope = (typeof SCOPES)[number]

interface PermissionDefinition {
  /** One sentence for people. */
  readonly sentence: string
  readonly roles: readonly BuiltInRole[]
  /** The scope that gives it to a key; without one, only people can have it. */
  readonly scope?: Scope
}

const everybody = ['owner', 'admin', 'auditor', 'member', 'operator'] as const
const readers = ['owner', 'admin', 'auditor', 'operator'] as const
const administrators = ['owner', 'admin', 'operator'] as const

/**
 * Everything that can be allowed, once. docs/permissions.md shows the same table and a test holds the two together.
 * The first permission that names a scope is the one that decides whether a session counts as having it.
 */
export const PERMISSIONS = {
  'entries.record': { sentence: 'Record entries.', roles: administrators, scope: 'audit:write' },
  'entries.read': { sentence: 'Read every entry.', roles: readers, scope: 'audit:read' },
  'entries.read_own': {
    sentence: 'Read and export the entries of their own activity.',
    roles: everybody,
    scope: 'audit:read:own',
  },
  'entries.export': { sentence: 'Export entries.', roles: readers, scope: 'audit:read' },
  'entries.verify': { sentence: 'Verify the log.', roles: readers, scope: 'audit:read' },
  'entries.erase': {
    sentence: 'Erase sections of entries, and see what was erased.',
    roles: ['owner'],
  },
  'retention.read': {
    sentence: 'See how long entries are kept, legal holds, and what would go.',
    roles: readers,
  },
  'retention.manage': {
    sentence: 'Set how long entries are kept, make and lift legal holds, have what is due go.',
    roles: ['owner'],
  },
  'organization.read': {
    sentence: 'See the name and settings of the organization.',
    roles: everybody,
    scope: 'access:read',
  },
  'organization.update': {
    sentence: 'Change the name and settings of the organization.',
    roles: administrators,
    scope: 'access:write',
  },
  'people.read': { sentence: 'See the people and their roles.', roles: readers, scope: 'access:read' },
  'people.manage': {
    sentence: 'Add and remove people, change their roles.',
    roles: administrators,
    scope: 'access:write',
  },
  'owners.manage': {
    sentence: 'Make somebody an owner, and change or remove one.',
    roles: ['owner', 'operator'],
  },
  'sso.manage': {
    sentence: 'See and set the single sign-on of the organization.',
    roles: ['owner', 'operator'],
  },
  'roles.read': { sentence: 'See roles and what they permit.', roles: readers, scope: 'access:read' },
  'roles.manage': {
    sentence: 'Make, change and delete roles of their own.',
    roles: administrators,
    scope: 'access:write',
  },
  'workspaces.read': { sentence: 'See the workspaces.', roles: everybody, scope: 'access:read' },
  'workspaces.manage': {
    sentence: 'Make, rename and delete workspaces.',
    roles: administrators,
    scope: 'access:write',
  },
  'api_keys.read': {
    sentence: 'See the API keys, never their secrets.',
    roles: readers,
    scope: 'access:read',
  },
  'api_keys.manage': {
    sentence: 'Make and revoke API keys, and revoke personal tokens.',
    roles: administrators,
    scope: 'access:write',
  },
  'personal_tokens.manage': {
    sentence: 'Make, see and delete personal access tokens of their own.',
    roles: administrators,
  },
  'viewer_tokens.create': {
    sentence: 'Make viewer tokens for embedding; with an API key only.',
    roles: administrators,
    scope: 'viewer_tokens:create',
  },
  'support_accesses.read': {
    sentence: 'See when the platform had access for support.',
    roles: readers,
    scope: 'access:read',
  },
  'support_accesses.end': {
    sentence: 'End an access for support.',
    roles: administrators,
    scope: 'access:write',
  },
  'catalogue.read': {
    sentence: 'See the catalogue of actions.',
    roles: everybody,
    scope: 'access:read',
  },
  'catalogue.review': {
    sentence: 'See what the log has of each action, unknown actions, and flagged entries.',
    roles: readers,
    scope: 'audit:read',
  },
  'catalogue.manage': {
    sentence: 'Change the catalogue of actions and its policies.',
    roles: administrators,
    scope: 'access:write',
  },
  'platform.organizations.read': {
    sentence: 'See every organization of the platform, not its entries.',
    roles: ['operator'],
    scope: 'platform:read',
  },
  'platform.organizations.manage': {
    sentence: 'Make, suspend and resume organizations.',
    roles: ['operator'],
    scope: 'platform:write',
  },
  'platform.logs.read': {
    sentence:
      'See every log of the platform: what is signed of it, and whether it is frozen; not its entries.',
    roles: ['operator'],
    scope: 'platform:read',
  },
  'platform.logs.manage': {
    sentence: 'Give logs other signing keys, and begin frozen ones anew.',
    roles: ['operator'],
  },
  'platform.record': {
    sentence: 'Record entries for every organization of the platform.',
    roles: ['operator'],
    scope: 'platform:audit:write',
  },
  'platform.support': {
    sentence: "Start an access for support to an organization's entries, with a reason and an end.",
    roles: ['operator'],
  },
} as const satisfies Record<string, PermissionDefinition>
export type Permission = keyof typeof PERMISSIONS

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[]

function definition(permission: Permission): PermissionDefinition {
  return PERMISSIONS[permission]
}

/** What a built-in role permits. */
export function permissionsOfRole(role: BuiltInRole): readonly Permission[] {
  return PERMISSION_NAMES.filter((name) => definition(name).roles.includes(role))
}

/** What a key with these scopes may do. */
export function permissionsOfScopes(scopes: readonly Scope[]): readonly Permission[] {
  return PERMISSION_NAMES.filter((name) => {
    const { scope } = definition(name)
    return scope !== undefined && scopes.includes(scope)
  })
}

/** The permission that a scope is named for. */
export function permissionOfScope(scope: Scope): Permission {
  return NAMED_FOR[scope]
}
const NAMED_FOR = Object.fromEntries(
  SCOPES.map((scope) => [scope, PERMISSION_NAMES.find((name) => definition(name).scope === scope)]),
) as Record<Scope, Permission>

/** The scopes that somebody with these permissions counts as having. */
export function scopesOfPermissions(permissions: readonly Permission[]): readonly Scope[] {
  return SCOPES.filter((scope) => permissions.includes(permissionOfScope(scope)))
}

/** The scope that gives a permission to a key; undefined when none does. */
export function scopeOfPermission(permission: Permission): Scope | undefined {
  return definition(permission).scope
}

/** What a permission lets somebody do, in one sentence for people. */
export function sentenceOfPermission(permission: Permission): string {
  return definition(permission).sentence
}

/** Whether a permission or scope means something only in the platform's own organization. */
export function isPlatformOnly(name: Permission | Scope): boolean {
  return name.startsWith('platform')
}

export function isBuiltInRole(name: string): name is BuiltInRole {
  return (BUILT_IN_ROLES as readonly string[]).includes(name)
}
