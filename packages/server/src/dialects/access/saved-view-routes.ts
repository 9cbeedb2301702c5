import { AppError } from '@counterfoil/core'
import { deleteView, saveView } from '../../access/administration/saved-views.js'
import { savedViewShape } from '../../access/administration/shapes.js'
import type { ApiKey } from '../../access/api-key.js'
import { may } from '../../access/principal.js'
import { booleanMember, optional, textMember } from '../../http/members.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

const QUERY_LENGTH_MAX = 4_000

/** Views of the log that people of an organization come back to. */
export const SAVED_VIEW_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/saved_views',
    operationId: 'listSavedViews',
    summary: 'Your own views of the log, and those that are shared, by name.',
    answer: 'SavedViewList',
    handle: async ({ access, key, organization }) => {
      const personId = requirePersonId(key)
      const views = await access.savedViews.listFor(organization.id, personId)
      return listOf(views.map((view) => ({ ...savedViewShape(view), own: view.personId === personId })))
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/saved_views',
    operationId: 'createSavedView',
    summary: 'Keep a view of the log, for yourself or for everybody in the organization.',
    members: {
      name: textMember('What it shows.', 200),
      query: textMember('The query of the address of the page.', QUERY_LENGTH_MAX, 0),
      shared: optional(
        booleanMember('Whether everybody in the organization sees it; not unless it says so.'),
      ),
    },
    answer: 'SavedView',
    handle: async ({ access, by, key, organization, members: { name, query, shared = false } }) => {
      const view = { name, query, isShared: shared }
      return {
        ...savedViewShape(await saveView(access, by, organization, requirePersonId(key), view)),
        own: true,
      }
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/saved_views/{id}',
    operationId: 'deleteSavedView',
    summary: 'Delete a view of your own, or a shared one if you may change the organization.',
    handle: async ({ access, by, key, principal, organization, id }) => {
      const mayDeleteShared = may(principal, 'organization.update', key)
      await deleteView(access, by, organization, requirePersonId(key), id, mayDeleteShared)
      return undefined
    },
  }),
]

/** Of somebody who is signed in: keys and tokens look at nothing. */
function requirePersonId({ owner, session }: ApiKey): string {
  if (owner !== undefined && session !== undefined) return owner.personId
  throw new AppError('invalid_request', { hint: 'Saved views belong to people who are signed in.' })
}
