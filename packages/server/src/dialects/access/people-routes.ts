import { addPerson, changeRole, removePerson, requireMember } from '../../access/administration/people.js'
import { personShape } from '../../access/administration/shapes.js'
import { optional, textMember } from '../../http/members.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

const role = textMember('Name of a role: owner, admin, auditor, member, or one of your own.', 63)

export const PEOPLE_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/people',
    operationId: 'listPeople',
    summary: 'The people of the organization, in the order in which they came.',
    permission: 'people.read',
    answer: 'PersonList',
    handle: async ({ access, organization }) =>
      listOf((await access.memberships.list(organization.id)).map(personShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/people',
    operationId: 'addPerson',
    summary: 'Add a person with a role that permits nothing that you lack.',
    permission: 'people.manage',
    members: {
      email: textMember('E-mail address.', 254, 3),
      role,
      name: optional(textMember('How you call the person.', 200, 0)),
    },
    answer: 'Person',
    handle: async ({ access, by, organization, members: { email, role: roleName, name } }) =>
      personShape(await addPerson(access, by, organization, { email, role: roleName, name: name ?? '' })),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/people/{id}',
    operationId: 'retrievePerson',
    summary: 'One person.',
    permission: 'people.read',
    answer: 'Person',
    handle: async ({ access, organization, id }) =>
      personShape(await requireMember(access, organization, id)),
  }),
  adminRoute({
    method: 'PATCH',
    path: '/v1/people/{id}',
    operationId: 'changeRole',
    summary: "Change a person's role; it holds with their next request.",
    permission: 'people.manage',
    members: { role },
    answer: 'Person',
    handle: async ({ access, by, organization, id, members }) =>
      personShape(await changeRole(access, by, organization, id, members.role)),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/people/{id}',
    operationId: 'removePerson',
    summary: 'Remove a person; their sessions and personal tokens end at once.',
    permission: 'people.manage',
    handle: async ({ access, by, organization, id }) => {
      await removePerson(access, by, organization, id)
      return undefined
    },
  }),
]
