import type { AccessRecords } from '../access-store.js'
import { type Note, note } from './note.js'
import { personResource } from './people.js'

/**
 * Records something about a person, rather than about their membership, in every organization they belong to. Called
 * inside of the transaction of the change, as `note` is.
 */
export async function noteEverywhere(
  access: AccessRecords,
  personId: string,
  { by, ...what }: Pick<Note, 'action' | 'by' | 'metadata'>,
): Promise<void> {
  const { actor, context } = by
  // Of the key or the admin of one organization, another one is not told.
  const isKnown = actor.id === personId || actor.type === 'system' || actor.type === 'anonymous'
  const seen = isKnown ? actor : ({ type: 'system', id: 'counterfoil', label: 'Counterfoil' } as const)
  for (const membership of await access.memberships.ofPerson(personId)) {
    await note(access, {
      ...what,
      organizationId: membership.organizationId,
      by: { actor: seen, ...(context === undefined ? {} : { context }) },
      resource: personResource(membership),
    })
  }
}
