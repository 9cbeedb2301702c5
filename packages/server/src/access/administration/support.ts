import { AppError, type Resource } from '@counterfoil/core'
import type { AccessStore } from '../access-store.js'
import type { Owner } from '../api-key.js'
import { isPlatform, type Organization } from '../tables/organizations-table.js'
import { isActive, type SupportAccess } from '../tables/support-accesses-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { supportAccessShape } from './shapes.js'

/** Lets an operator read an organization's entries until `expiresAt`, milliseconds since 1970; the organization sees it. */
export async function startSupportAccess(
  access: AccessStore,
  by: Doer,
  operator: Owner,
  organization: Organization,
  { reason, expiresAt }: Pick<SupportAccess, 'reason' | 'expiresAt'>,
): Promise<SupportAccess> {
  if (isPlatform(organization)) {
    throw new AppError('invalid_request', { hint: "The platform's own log needs no access for support." })
  }
  return access.transaction(async (access) => {
    const { personId, email } = operator
    const made = await access.supportAccesses.create({
      organizationId: organization.id,
      personId,
      email,
      reason,
      expiresAt,
    })
    await note(access, {
      organizationId: organization.id,
      action: 'support_access.started',
      by,
      resource: supportResource(made),
      after: supportAccessShape(made),
    })
    return made
  })
}

/** Ends an access for support: by the organization, or by the operator whose it is. Throws `not_found`. */
export async function endSupportAccess(
  access: AccessStore,
  by: Doer,
  id: string,
  whose: { readonly organizationId: string } | { readonly personId: string },
): Promise<SupportAccess> {
  return access.transaction(async (access) => {
    const before = await access.supportAccesses.find(id)
    const belongs =
      before !== undefined &&
      ('personId' in whose
        ? before.personId === whose.personId
        : before.organizationId === whose.organizationId)
    if (!belongs || !isActive(before, Date.now())) {
      throw new AppError('not_found', { hint: 'There is no such access for support, or it has ended.' })
    }
    await access.supportAccesses.end(id)
    const after = (await access.supportAccesses.find(id)) as SupportAccess
    await note(access, {
      organizationId: before.organizationId,
      action: 'support_access.ended',
      by,
      resource: supportResource(before),
      before: supportAccessShape(before),
      after: supportAccessShape(after),
    })
    return after
  })
}

function supportResource({ id, email }: SupportAccess): Resource {
  return { type: 'support_access', id, label: email }
}
