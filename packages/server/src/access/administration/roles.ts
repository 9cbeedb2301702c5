import { AppError, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import {
  BUILT_IN_ROLES,
  type BuiltInRole,
  isBuiltInRole,
  isPlatformOnly,
  type Permission,
  permissionsOfRole,
} from '../permissions.js'
import { isPlatform, type Organization } from '../tables/organizations-table.js'
import type { CustomRole } from '../tables/roles-table.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { roleShape } from './shapes.js'

/** A role as people see it: built in, or the organization's own. */
export interface Role {
  /** What memberships hold: the name of a built-in role, or the id of an own one. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly builtIn: boolean
  readonly permissions: readonly Permission[]
}

const DESCRIPTIONS: Readonly<Record<BuiltInRole, string>> = {
  owner: 'Everything, owners included.',
  admin: 'Everything but owners.',
  auditor: 'Reads everything, exports and verifies; changes nothing.',
  member: 'Sees their own activity only.',
  operator: 'Runs the platform.',
}
const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

/** The roles that people of an organization may have. */
export async function rolesOf(access: AccessRecords, organization: Organization): Promise<readonly Role[]> {
  const builtIn = BUILT_IN_ROLES.filter((name) =>
    isPlatform(organization) ? name === 'operator' || name === 'auditor' : name !== 'operator',
  )
  return [...builtIn.map(toBuiltIn), ...(await access.roles.list(organization.id)).map(toRole)]
}

/** The role of this name. Throws `invalid_request` that lists those there are. */
export async function requireRole(
  access: AccessRecords,
  organization: Organization,
  name: string,
  param = 'role',
): Promise<Role> {
  const roles = await rolesOf(access, organization)
  const role = roles.find((candidate) => candidate.name === name)
  if (role !== undefined) return role
  throw new AppError('invalid_request', {
    param,
    hint: `There is no role "${name}". There are: ${roles.map((candidate) => candidate.name).join(', ')}.`,
  })
}

/** The role that memberships and invitations hold this id of; undefined when it is gone. */
export async function findRole(
  access: AccessRecords,
  organization: Organization,
  roleId: string,
): Promise<Role | undefined> {
  return (await rolesOf(access, organization)).find(({ id }) => id === roleId)
}

export interface RoleContent {
  readonly name: string
  readonly description: string
  readonly permissions: readonly Permission[]
}

/** Makes a role. Throws `name_taken`, `invalid_request`, or `permission_denied` when it holds more than its maker. */
export async function createRole(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  content: RoleContent,
): Promise<Role> {
  return access.transaction(async (access) => {
    await checkContent(access, organization, content)
    requireHolds(by, content.permissions)
    const role = toRole(await access.roles.create({ ...content, organizationId: organization.id }))
    await note(access, {
      organizationId: organization.id,
      action: 'role.created',
      by,
      resource: roleResource(role),
      after: roleShape(role),
    })
    return role
  })
}

/** Changes a role of the organization's own; it holds for everybody who has it with their next request. */
export async function updateRole(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  roleId: string,
  change: Partial<RoleContent>,
): Promise<Role> {
  return access.transaction(async (access) => {
    const stored = await requireCustomRole(access, organization, roleId)
    const changed = { ...stored, ...change }
    await checkContent(access, organization, changed, stored.id)
    requireHolds(by, [...stored.permissions, ...changed.permissions])
    await access.roles.update(changed)
    const role = toRole(changed)
    await note(access, {
      organizationId: organization.id,
      action: 'role.updated',
      by,
      resource: roleResource(role),
      before: roleShape(toRole(stored)),
      after: roleShape(role),
    })
    return role
  })
}

/** Deletes a role that nobody has. Throws `role_in_use` otherwise. */
export async function deleteRole(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  roleId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const stored = await requireCustomRole(access, organization, roleId)
    requireHolds(by, stored.permissions)
    const count = await access.memberships.countWithRole(organization.id, stored.id)
    if (count > 0) {
      throw new AppError('role_in_use', {
        hint: `${count} ${count === 1 ? 'person has' : 'people have'} the role "${stored.name}". Give them another one first.`,
      })
    }
    await access.roles.remove(stored)
    const role = toRole(stored)
    await note(access, {
      organizationId: organization.id,
      action: 'role.deleted',
      by,
      resource: roleResource(role),
      before: roleShape(role),
    })
  })
}

async function requireCustomRole(
  access: AccessRecords,
  organization: Organization,
  roleId: string,
): Promise<CustomRole> {
  const role = await access.roles.find(organization.id, roleId)
  if (role !== undefined) return role
  if ((await rolesOf(access, organization)).some(({ id, builtIn }) => builtIn && id === roleId)) {
    throw new AppError('invalid_request', {
      hint: `"${roleId}" is built in and stays as it is. Make a role of your own.`,
    })
  }
  throw new AppError('not_found', { hint: 'There is no such role in this organization.' })
}

async function checkContent(
  access: AccessRecords,
  organization: Organization,
  { name, permissions }: RoleContent,
  ownId?: string,
): Promise<void> {
  if (!NAME.test(name)) {
    throw new AppError('invalid_request', {
      param: 'name',
      hint: `"${name}" is no name for a role: use 1 to 63 lower-case letters, digits, hyphens and underscores, with a letter or digit at both ends.`,
    })
  }
  const named = await access.roles.findByName(organization.id, name)
  if (isBuiltInRole(name) || (named !== undefined && named.id !== ownId)) {
    throw new AppError('name_taken', { param: 'name', hint: `Choose another name than "${name}".` })
  }
  const foreign = permissions.find((permission) => isPlatformOnly(permission) && !isPlatform(organization))
  if (foreign !== undefined) {
    throw new AppError('invalid_request', {
      param: 'permissions',
      hint: `${foreign} is for the platform's own organization alone.`,
    })
  }
}

function toBuiltIn(name: BuiltInRole): Role {
  return {
    id: name,
    name,
    description: DESCRIPTIONS[name],
    builtIn: true,
    permissions: permissionsOfRole(name),
  }
}

function toRole({ id, name, description, permissions }: CustomRole): Role {
  return { id, name, description, builtIn: false, permissions }
}

function roleResource({ id, name }: Role): Resource {
  return { type: 'role', id, label: name }
}
