import { AppError } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Organization } from '../tables/organizations-table.js'
import type { SavedView } from '../tables/saved-views-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { savedViewShape } from './shapes.js'

/** More would be a list that nobody finds anything in. */
const VIEWS_MAX = 200

/** Keeps a view. One that everybody sees is an entry in the log; one's own is nobody's business. Throws `invalid_request`. */
export async function saveView(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  { name, query, isShared }: Pick<SavedView, 'name' | 'query' | 'isShared'>,
): Promise<SavedView> {
  return access.transaction(async (access) => {
    if ((await access.savedViews.listFor(organization.id, personId)).length >= VIEWS_MAX) {
      throw new AppError('invalid_request', {
        param: 'name',
        hint: `There are ${VIEWS_MAX} views: delete some that nobody needs.`,
      })
    }
    const view = await access.savedViews.create({
      organizationId: organization.id,
      personId,
      name,
      query,
      isShared,
    })
    if (isShared) await noteView(access, by, view, 'saved_view.shared')
    return view
  })
}

/**
 * Deletes a view: one's own, or a shared one of somebody else for those who may. Another's own view does not exist for
 * anybody else. Throws `not_found`, `permission_denied`.
 */
export async function deleteView(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  id: string,
  mayDeleteShared: boolean,
): Promise<void> {
  await access.transaction(async (access) => {
    const view = await access.savedViews.find(organization.id, id)
    if (view === undefined || !(view.isShared || view.personId === personId))
      throw new AppError('not_found', { hint: 'There is no such view for you.' })
    if (view.personId !== personId && !mayDeleteShared) {
      throw new AppError('permission_denied', {
        hint: 'Whoever shared it may delete it, and those with the permission organization.update.',
        details: { required: 'organization.update' },
      })
    }
    await access.savedViews.remove(view)
    if (view.isShared) await noteView(access, by, view, 'saved_view.deleted')
  })
}

async function noteView(
  access: AccessRecords,
  by: Doer,
  view: SavedView,
  action: 'saved_view.shared' | 'saved_view.deleted',
): Promise<void> {
  await note(access, {
    organizationId: view.organizationId,
    by,
    action,
    resource: { type: 'saved_view', id: view.id, label: view.name },
    [action === 'saved_view.shared' ? 'after' : 'before']: savedViewShape(view),
  })
}
