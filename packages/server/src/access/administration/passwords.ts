import { AppError, type Context } from '@counterfoil/core'
import type { AccessRecords, AccessStore, NewSession } from '../access-store.js'
import type { ApiKey } from '../api-key.js'
import type { Link } from '../tables/links-table.js'
import type { Organization } from '../tables/organizations-table.js'
import type { Person } from '../tables/people-table.js'
import { type Doer, requireHolds } from './doer.js'
import { type Note, note } from './note.js'
import { noteEverywhere } from './note-everywhere.js'
import { personResource, requireEmail, requireMember } from './people.js'
import { personActor, requireSession } from './sessions.js'

/**
 * Gives a person a new password and ends their sessions. Only for whoever runs the installation: the password opens
 * every organization that the person belongs to, and each of them is told.
 */
export async function setPassword(
  access: AccessStore,
  by: Doer,
  email: string,
  passwordHash: string,
): Promise<void> {
  await access.transaction(async (access) =>
    replacePassword(access, by, await requirePerson(access, email), passwordHash),
  )
}

/**
 * Puts a new password in place of the one that there was, inside of a transaction: sessions, sign-ins that wait for a
 * second factor, and other links end with the old one. With `organizationId`, the password opens that one alone.
 */
export async function replacePassword(
  access: AccessRecords,
  by: Note['by'],
  { personId }: Pick<Person, 'personId'>,
  passwordHash: string,
  organizationId?: string,
  action: 'person.password_changed' | 'password_reset.used' = 'person.password_changed',
): Promise<void> {
  await access.people.setPassword(personId, passwordHash, organizationId)
  await access.sessions.removeOf(personId)
  await access.pendingSignIns.removeOf(personId)
  await access.links.removeResets(personId)
  await noteEverywhere(access, personId, { action, by })
}

/** A person changes their own password: their other sessions end, and this one gets a new id. */
export async function changeOwnPassword(
  access: AccessStore,
  by: Doer,
  key: ApiKey,
  person: Person,
  passwordHash: string,
): Promise<NewSession> {
  return access.transaction(async (access) => {
    const session = await requireSession(access, key.keyId)
    await replacePassword(access, by, person, passwordHash, person.passwordOrganizationId)
    return access.sessions.renew(session)
  })
}

/**
 * A link by which a person of the organization sets a new password. One that an admin is shown could be used by the
 * admin: so it is given for a password alone that opens this organization and no other, or for somebody who has none.
 * Throws `reset_not_possible` else, `permission_denied` or `not_found`.
 */
export async function requestResetBy(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  shown: boolean,
): Promise<{ readonly link: Link; readonly token: string }> {
  return access.transaction(async (access) => {
    const membership = await requireMember(access, organization, personId)
    requireHolds(by, membership.permissions)
    const person = (await access.people.findById(personId)) as Person
    if (shown && person.passwordHash !== undefined && person.passwordOrganizationId !== organization.id) {
      throw new AppError('reset_not_possible', {
        hint: 'The password was not set by a link of this organization. Without a mail server, only whoever runs the installation can reset it: counterfoil person reset-password.',
      })
    }
    const made = await makeResetLink(access, by, person, shown ? organization.id : undefined)
    await note(access, {
      organizationId: organization.id,
      action: 'password_reset.requested',
      by,
      resource: personResource(membership),
    })
    return made
  })
}

/** The same for whoever runs the installation, with a password that opens all of the person's organizations. */
export async function requestResetOf(access: AccessStore, by: Doer, email: string) {
  return access.transaction(async (access) => {
    const person = await requirePerson(access, email)
    await noteEverywhere(access, person.personId, { action: 'password_reset.requested', by })
    return makeResetLink(access, by, person, undefined)
  })
}

/**
 * Somebody says that they forgot the password of an address. The link, for the mail; undefined when nobody has the
 * address, and when no mail can be sent.
 */
export async function requestOwnReset(
  access: AccessStore,
  email: string,
  canMail: boolean,
  context: Context,
): Promise<{ readonly link: Link; readonly token: string } | undefined> {
  return access.transaction(async (access) => {
    const by = { actor: { type: 'anonymous', label: email }, context, holds: () => false } as const
    const person = await access.people.find(email)
    if (person === undefined) {
      await note(access, {
        organizationId: (await access.tenants.platform()).id,
        action: 'password_reset.requested',
        by,
        outcome: 'denied',
        metadata: { reason: 'unknown' },
      })
      return undefined
    }
    await noteEverywhere(access, person.personId, { action: 'password_reset.requested', by })
    return canMail ? await makeResetLink(access, by, person, undefined) : undefined
  })
}

/** The link of a reset, as long as it can be used. Throws `invalid_link`. */
export async function openReset(access: AccessRecords, token: string): Promise<Link> {
  const link = await access.links.findUsable('password_reset', token)
  if (link === undefined) throw invalidLink()
  return link
}

/** Sets a new password by a link, once; every session of the person ends. Throws `invalid_link`. */
export async function useReset(
  access: AccessStore,
  token: string,
  passwordHash: string,
  context: Context,
): Promise<void> {
  await access.transaction(async (access) => {
    const link = await openReset(access, token)
    const person = await access.people.findById(link.personId ?? '')
    if (person === undefined) throw invalidLink()
    await access.links.setUsed(link.id)
    const by = { actor: personActor(person), context }
    const organizationId = link.shown ? link.organizationId : undefined
    await replacePassword(access, by, person, passwordHash, organizationId, 'password_reset.used')
  })
}

export function invalidLink(): AppError {
  return new AppError('invalid_link', { hint: 'Ask whoever sent the link for a new one.' })
}

async function makeResetLink(
  access: AccessRecords,
  by: Doer,
  { personId, email }: Person,
  shownToOrganizationId: string | undefined,
): Promise<{ readonly link: Link; readonly token: string }> {
  return access.links.create({
    kind: 'password_reset',
    ...(shownToOrganizationId === undefined ? {} : { organizationId: shownToOrganizationId }),
    personId,
    email,
    shown: shownToOrganizationId !== undefined,
    createdBy: by.actor.label ?? by.actor.id ?? 'unknown',
  })
}

async function requirePerson(access: AccessRecords, text: string): Promise<Person> {
  const email = requireEmail(text)
  const person = await access.people.find(email)
  if (person !== undefined) return person
  throw new AppError('not_found', { hint: `There is nobody with the address ${email}.` })
}
