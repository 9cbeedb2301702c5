import { AppError } from '@counterfoil/core'
import { updateOrganization } from '../../access/administration/organizations.js'
import {
  createRole,
  deleteRole,
  type RoleContent,
  rolesOf,
  updateRole,
} from '../../access/administration/roles.js'
import {
  organizationShape,
  permissionShape,
  roleShape,
  workspaceShape,
} from '../../access/administration/shapes.js'
import { createWorkspace, deleteWorkspace, renameWorkspace } from '../../access/administration/workspaces.js'
import { isPlatformOnly, PERMISSION_NAMES } from '../../access/permissions.js'
import { isPlatform } from '../../access/tables/organizations-table.js'
import { booleanMember, choicesMember, optional, textMember } from '../../http/members.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

const name = textMember('Name for people.', 200)
const description = textMember('What it is for.', 1_000, 0)
const roleName = textMember('Lower-case letters, digits, hyphens and underscores.', 63)
const permissions = choicesMember('What the role permits; see docs/permissions.md.', PERMISSION_NAMES, 0)

const organizationRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/organization',
    operationId: 'retrieveOrganization',
    summary: 'The organization of this key or session, with its settings.',
    permission: 'organization.read',
    answer: 'Organization',
    handle: ({ organization }) => organizationShape(organization),
  }),
  adminRoute({
    method: 'PATCH',
    path: '/v1/organization',
    operationId: 'updateOrganization',
    summary: 'Change name or settings.',
    permission: 'organization.update',
    members: {
      name: optional(name),
      view_tokens_again: optional(
        booleanMember('Whether people may be shown their personal tokens again. Off unless switched on.'),
      ),
      public_evidence: optional(
        booleanMember(
          'Whether anybody may fetch what proves the logs: checkpoints, hashes, ids and times; never what entries say.',
        ),
      ),
      second_factor_required: optional(
        booleanMember(
          'Whether a password alone leads in no more. Sessions without a second factor end here.',
        ),
      ),
    },
    answer: 'Organization',
    handle: async ({ access, by, organization, members }) => {
      requireSome(members)
      const { name: changed, view_tokens_again: viewTokensAgain } = members
      const { second_factor_required: secondFactorRequired, public_evidence: publicEvidence } = members
      return organizationShape(
        await updateOrganization(access, by, organization.id, {
          ...(changed === undefined ? {} : { name: changed }),
          ...(viewTokensAgain === undefined ? {} : { viewTokensAgain }),
          ...(secondFactorRequired === undefined ? {} : { secondFactorRequired }),
          ...(publicEvidence === undefined ? {} : { publicEvidence }),
        }),
      )
    },
  }),
]

const roleRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/permissions',
    operationId: 'listPermissions',
    summary: 'Everything that a role can permit, and which scope gives it to a key.',
    permission: 'roles.read',
    answer: 'PermissionList',
    handle: ({ organization }) =>
      listOf(
        PERMISSION_NAMES.filter((one) => isPlatform(organization) || !isPlatformOnly(one)).map(
          permissionShape,
        ),
      ),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/roles',
    operationId: 'listRoles',
    summary: 'Built-in roles and those of the organization, with what each permits.',
    permission: 'roles.read',
    answer: 'RoleList',
    handle: async ({ access, organization }) => listOf((await rolesOf(access, organization)).map(roleShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/roles',
    operationId: 'createRole',
    summary: 'Make a role: a named set of permissions, none that you lack.',
    permission: 'roles.manage',
    members: { name: roleName, description: optional(description), permissions },
    answer: 'Role',
    handle: async ({ access, by, organization, members }) =>
      roleShape(
        await createRole(access, by, organization, { ...members, description: members.description ?? '' }),
      ),
  }),
  adminRoute({
    method: 'PATCH',
    path: '/v1/roles/{id}',
    operationId: 'updateRole',
    summary: "Change a role of the organization's own.",
    permission: 'roles.manage',
    members: {
      name: optional(roleName),
      description: optional(description),
      permissions: optional(permissions),
    },
    answer: 'Role',
    handle: async ({ access, by, organization, id, members }) => {
      requireSome(members)
      const change = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
      return roleShape(await updateRole(access, by, organization, id, change as Partial<RoleContent>))
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/roles/{id}',
    operationId: 'deleteRole',
    summary: 'Delete a role that nobody has.',
    permission: 'roles.manage',
    handle: async ({ access, by, organization, id }) => {
      await deleteRole(access, by, organization, id)
      return undefined
    },
  }),
]

const workspaceRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/workspaces',
    operationId: 'listWorkspaces',
    summary: 'The workspaces, oldest first.',
    permission: 'workspaces.read',
    answer: 'WorkspaceList',
    handle: async ({ access, organization }) =>
      listOf((await access.workspaces.list(organization.id)).map(workspaceShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/workspaces',
    operationId: 'createWorkspace',
    summary: 'Make a workspace; its slug is what entries carry as workspace.id.',
    permission: 'workspaces.manage',
    members: { slug: textMember('Fixed once made.', 128), name: optional(name) },
    answer: 'Workspace',
    handle: async ({ access, by, organization, members: { slug, name: given } }) =>
      workspaceShape(await createWorkspace(access, by, organization, slug, given ?? slug)),
  }),
  adminRoute({
    method: 'PATCH',
    path: '/v1/workspaces/{id}',
    operationId: 'renameWorkspace',
    summary: 'Rename a workspace.',
    permission: 'workspaces.manage',
    members: { name },
    answer: 'Workspace',
    handle: async ({ access, by, organization, id, members }) =>
      workspaceShape(await renameWorkspace(access, by, organization, id, members.name)),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/workspaces/{id}',
    operationId: 'deleteWorkspace',
    summary: 'Delete a workspace; entries that name it stay as they are.',
    permission: 'workspaces.manage',
    handle: async ({ access, by, organization, id }) => {
      await deleteWorkspace(access, by, organization, id)
      return undefined
    },
  }),
]

export const ORGANIZATION_ROUTES: readonly AdminRoute[] = [
  ...organizationRoutes,
  ...roleRoutes,
  ...workspaceRoutes,
]

function requireSome(members: Readonly<Record<string, unknown>>): void {
  if (Object.values(members).some((value) => value !== undefined)) return
  throw new AppError('invalid_request', {
    hint: `There is nothing to change: give one of ${Object.keys(members).join(', ')}.`,
  })
}
