import { randomBytes } from 'node:crypto'
import { AppError, type Context } from '@counterfoil/core'
import type { AccessRecords, AccessStore, NewSession } from '../access-store.js'
import { type ApiKey, hashSecret } from '../api-key.js'
import type { Secrets } from '../secrets.js'
import type { PendingSignIn } from '../tables/pending-sign-ins-table.js'
import type { Person } from '../tables/people-table.js'
import { findTotpStep, makeTotpSecret, toBase32, totpUrl } from '../totp.js'
import type { Doer } from './doer.js'
import type { Note } from './note.js'
import { noteEverywhere } from './note-everywhere.js'
import { requireEmail } from './people.js'
import { personActor, requireSession } from './sessions.js'

const RECOVERY_CODES = 10
/** 80 bits: a hash of it can be known without the code being guessed. */
const RECOVERY_BYTES = 10
const ISSUER = 'Counterfoil'

/** A secret that is offered; it counts once a code of it was given. */
export interface SecondFactorOffer {
  /** Base32, for people who cannot scan. */
  readonly secret: string
  /** What a QR code holds. */
  readonly url: string
}

/**
 * Offers a person a secret for their authenticator, or for another one in place of the one they have, of which they give
 * a code. Throws `second_factor_exists` without that code, `invalid_code`.
 */
export async function offerSecondFactor(
  access: AccessStore,
  personId: string,
  present?: SecondStep,
): Promise<SecondFactorOffer> {
  const secret = makeTotpSecret()
  return access.transaction(async (access) => {
    const person = await requirePerson(access, personId)
    if (person.secondFactor !== undefined) {
      if (present === undefined) throw secondFactorExists()
      await useStep(access, { actor: personActor(person) }, person, present)
    }
    await access.people.setOfferedSecondFactor(personId, seal(access, personId, secret))
    return { secret, url: totpUrl(secret, person.email, ISSUER) }
  })
}

/** A person confirms what was offered under "my profile"; the session gets a new id. The codes are shown once. */
export async function confirmSecondFactor(
  access: AccessStore,
  by: Doer,
  key: ApiKey,
  personId: string,
  code: string,
): Promise<{ readonly recoveryCodes: readonly string[]; readonly session: NewSession }> {
  return access.transaction(async (access) => {
    const session = await requireSession(access, key.keyId)
    const recoveryCodes = await confirm(access, by, personId, code)
    // Somebody else may have signed in with the password alone.
    await access.sessions.removeOf(personId)
    await access.pendingSignIns.removeOf(personId)
    return { recoveryCodes, session: await access.sessions.renew(session, { secondFactor: true }) }
  })
}

/** New recovery codes in place of those there were. Throws `invalid_code`. */
export async function renewRecoveryCodes(access: AccessStore, by: Doer, personId: string, step: SecondStep) {
  return access.transaction(async (access) => {
    await useStep(access, by, await requirePerson(access, personId), step)
    const codes = await makeRecoveryCodes(access, personId)
    await noteEverywhere(access, personId, { action: 'second_factor.codes_renewed', by })
    return codes
  })
}

/** Disables the second factor. Throws `invalid_code`, or `second_factor_required` where an organization asks for one. */
export async function disableSecondFactor(
  access: AccessStore,
  by: Doer,
  personId: string,
  step: SecondStep,
): Promise<void> {
  await access.transaction(async (access) => {
    const person = await requirePerson(access, personId)
    for (const { organizationId } of await access.memberships.ofPerson(personId)) {
      if ((await access.tenants.find(organizationId))?.secondFactorRequired !== true) continue
      throw new AppError('second_factor_required', {
        hint: 'An organization that you belong to asks for it. You can enrol another authenticator in its place.',
      })
    }
    await useStep(access, by, person, step)
    await remove(access, by, personId)
  })
}

/**
 * Takes a person's second factor away, for somebody who has lost it; their sessions end. Only for whoever runs the
 * installation: it protects every organization that the person belongs to.
 */
export async function resetSecondFactor(access: AccessStore, by: Doer, email: string): Promise<void> {
  await access.transaction(async (access) => {
    const person = await access.people.find(requireEmail(email))
    if (person === undefined)
      throw new AppError('not_found', { hint: `There is nobody with the address ${email}.` })
    if (person.secondFactor === undefined) throw noSecondFactor()
    await access.sessions.removeOf(person.personId)
    await remove(access, by, person.personId)
  })
}

/** What the second step of a sign-in gave: the code of an authenticator, or a recovery code. */
export type SecondStep = { readonly code: string } | { readonly recoveryCode: string }

/**
 * Takes the second step of somebody who has given their password. Gives the recovery codes of somebody who has enrolled
 * with it. Throws `invalid_code`; each attempt counts, also across restarts.
 */
export async function takeSecondStep(
  access: AccessStore,
  pending: PendingSignIn,
  step: SecondStep,
  context: Context,
): Promise<{ readonly recoveryCodes?: readonly string[] }> {
  // Committed by itself: the attempt counts also when what follows is rolled back.
  await access.transaction((access) => access.pendingSignIns.setTried(pending.id))
  return access.transaction(async (access) => {
    const person = await requirePerson(access, pending.personId)
    const by = { actor: personActor(person), context }
    const recoveryCodes = await takeStep(access, by, person, step)
    await access.pendingSignIns.remove(pending.id)
    return recoveryCodes === undefined ? {} : { recoveryCodes }
  })
}

async function takeStep(
  access: AccessRecords,
  by: Note['by'],
  person: Person,
  step: SecondStep,
): Promise<readonly string[] | undefined> {
  if (person.secondFactor === undefined && 'code' in step)
    return confirm(access, by, person.personId, step.code)
  await useStep(access, by, person, step)
  return undefined
}

/** Uses a code or a recovery code up. Throws `invalid_code` or `no_second_factor`. */
async function useStep(
  access: AccessRecords,
  by: Note['by'],
  person: Person,
  step: SecondStep,
): Promise<void> {
  const { personId, secondFactor, secondFactorStep } = person
  if (secondFactor === undefined) throw noSecondFactor()
  if ('recoveryCode' in step) {
    const hash = hashSecret(normaliseRecoveryCode(step.recoveryCode))
    if (!(await access.recoveryCodes.remove(personId, hash))) throw invalidCode()
    const left = await access.recoveryCodes.count(personId)
    await noteEverywhere(access, personId, {
      action: 'second_factor.recovery_code_used',
      by,
      metadata: { left },
    })
    return
  }
  const secret = requireSecrets(access).open('second_factor', personId, secondFactor)
  const timeStep = findTotpStep(secret, withoutSpace(step.code), access.now(), secondFactorStep)
  if (timeStep === undefined) throw invalidCode()
  await access.people.setSecondFactorStep(personId, timeStep)
}

/** How many recovery codes a person has left. */
export async function secondFactorState(access: AccessStore, personId: string) {
  return {
    enabled: (await access.people.findById(personId))?.secondFactor !== undefined,
    recovery_codes_left: await access.recoveryCodes.count(personId),
  }
}

async function confirm(
  access: AccessRecords,
  by: Note['by'],
  personId: string,
  code: string,
): Promise<readonly string[]> {
  const sealed = (await requirePerson(access, personId)).secondFactorOffered
  if (sealed === undefined) throw noSecondFactor()
  const secret = requireSecrets(access).open('second_factor', personId, sealed)
  const step = findTotpStep(secret, withoutSpace(code), access.now(), 0)
  if (step === undefined) throw invalidCode()
  await access.people.setSecondFactor(personId, seal(access, personId, secret), step)
  await noteEverywhere(access, personId, { action: 'second_factor.enabled', by })
  return makeRecoveryCodes(access, personId)
}

async function remove(access: AccessRecords, by: Note['by'], personId: string): Promise<void> {
  await access.people.setSecondFactor(personId, null, 0)
  await access.recoveryCodes.setAll(personId, [])
  await noteEverywhere(access, personId, { action: 'second_factor.disabled', by })
}

async function makeRecoveryCodes(access: AccessRecords, personId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => toBase32(randomBytes(RECOVERY_BYTES)))
  await access.recoveryCodes.setAll(personId, codes.map(hashSecret))
  return codes.map((code) => (code.match(/.{4}/g) as string[]).join('-'))
}

/** As people write them down: in any case, with or without hyphens. */
function normaliseRecoveryCode(text: string): string {
  return text.replace(/[\s-]/g, '').toUpperCase()
}

function withoutSpace(code: string): string {
  return code.replace(/\s/g, '')
}

function seal(access: AccessRecords, personId: string, secret: string): Uint8Array {
  return requireSecrets(access).seal('second_factor', personId, secret)
}

function requireSecrets({ secrets }: AccessRecords): Secrets {
  if (secrets !== undefined) return secrets
  throw new AppError('wrong_master_key', { hint: 'The master key is not open here.' })
}

async function requirePerson(access: AccessRecords, personId: string): Promise<Person> {
  const person = await access.people.findById(personId)
  if (person === undefined) throw new AppError('session_ended', { hint: 'Sign in again.' })
  return person
}

function secondFactorExists(): AppError {
  return new AppError('second_factor_exists', {
    hint: 'Give a code of the one that you have to enrol another one in its place.',
  })
}

function noSecondFactor(): AppError {
  return new AppError('no_second_factor', { hint: 'Enrol an authenticator first.' })
}

function invalidCode(): AppError {
  return new AppError('invalid_code', {
    hint: 'Wait for the next code of the authenticator; check the clock of its device.',
  })
}
