import { randomUUID } from 'node:crypto'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** Somebody who may sign in. One person has one e-mail address, however many organizations they belong to. */
export interface Person {
  /** Random, so that it does not tell one organization since when another one has known the person. */
  readonly personId: string
  /** Normalised: see `normaliseEmail`. */
  readonly email: string
  /** argon2id; undefined while the person has no password. */
  readonly passwordHash: string | undefined
  /**
   * The one organization that the password opens, because an admin of it was shown the link it was set with; every one
   * of the person's when undefined.
   */
  readonly passwordOrganizationId: string | undefined
  /** Sealed secret of the second factor; undefined while the person has none. */
  readonly secondFactor: Uint8Array | undefined
  /** Sealed secret that is offered and not confirmed yet. */
  readonly secondFactorOffered: Uint8Array | undefined
  /** Time step of the newest code that was taken: that and older ones are not taken again. */
  readonly secondFactorStep: number
}

interface PersonRow {
  readonly person_id: string
  readonly email: string
  readonly password_hash: string | null
  readonly password_organization_id: string | null
  readonly second_factor: Uint8Array | null
  readonly second_factor_offered: Uint8Array | null
  readonly second_factor_step: number
}

export class PeopleTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async find(email: string): Promise<Person | undefined> {
    const row = await this.#sql.get<PersonRow>('SELECT * FROM people WHERE email = ?', email)
    return row === undefined ? undefined : toPerson(row)
  }

  async findById(personId: string): Promise<Person | undefined> {
    const row = await this.#sql.get<PersonRow>('SELECT * FROM people WHERE person_id = ?', personId)
    return row === undefined ? undefined : toPerson(row)
  }

  async create(email: string): Promise<Person> {
    const personId = randomUUID()
    await this.#sql.run(
      'INSERT INTO people (person_id, email, password_hash, created_at) VALUES (?, ?, NULL, ?)',
      personId,
      email,
      Date.now(),
    )
    return (await this.findById(personId)) as Person
  }

  /** `passwordHash` comes from `hashPassword`; the password opens one organization, or all of the person's. */
  async setPassword(personId: string, passwordHash: string, organizationId?: string): Promise<void> {
    await this.#sql.run(
      'UPDATE people SET password_hash = ?, password_organization_id = ? WHERE person_id = ?',
      passwordHash,
      organizationId ?? null,
      personId,
    )
  }

  /** A sealed secret that the person has to confirm. */
  async setOfferedSecondFactor(personId: string, sealed: Uint8Array | null): Promise<void> {
    await this.#sql.run('UPDATE people SET second_factor_offered = ? WHERE person_id = ?', sealed, personId)
  }

  /** The second factor's sealed secret; null for none. `step` is that of the code it was confirmed with. */
  async setSecondFactor(personId: string, sealed: Uint8Array | null, step: number): Promise<void> {
    await this.#sql.run(
      'UPDATE people SET second_factor = ?, second_factor_offered = NULL, second_factor_step = ? WHERE person_id = ?',
      sealed,
      step,
      personId,
    )
  }

  async setSecondFactorStep(personId: string, step: number): Promise<void> {
    await this.#sql.run('UPDATE people SET second_factor_step = ? WHERE person_id = ?', step, personId)
  }

  /** The same secret sealed under another master key. */
  async resealSecondFactor(personId: string, sealed: Uint8Array): Promise<void> {
    await this.#sql.run('UPDATE people SET second_factor = ? WHERE person_id = ?', sealed, personId)
  }

  /** Secrets that were offered and never confirmed are not kept for long. */
  async removeOfferedSecondFactors(): Promise<void> {
    await this.#sql.run('UPDATE people SET second_factor_offered = NULL')
  }

  async withSecondFactor(): Promise<readonly Person[]> {
    const rows = await this.#sql.all<PersonRow>('SELECT * FROM people WHERE second_factor IS NOT NULL')
    return rows.map(toPerson)
  }

  /** Forgets a person who belongs to no organization any more. */
  async removeIfNowhere(personId: string): Promise<void> {
    const everywhere = this.#sql.of(EVERY_ORGANIZATION)
    const changes = await everywhere.run(
      'DELETE FROM people WHERE person_id = ?1 AND NOT EXISTS (SELECT 1 FROM memberships WHERE person_id = ?1)',
      personId,
    )
    if (changes === 0) return
    for (const table of ['recovery_codes', 'pending_sign_ins', 'links', 'sso_subjects'])
      await everywhere.run(`DELETE FROM ${table} WHERE person_id = ?`, personId)
  }
}

/**
 * The one spelling of an e-mail address that is stored and compared: NFC, lower case, no white space around it.
 * Undefined when the text is no address.
 */
export function normaliseEmail(text: string): string | undefined {
  const email = text.normalize('NFC').trim().toLowerCase()
  return email.length <= EMAIL_LENGTH_MAX && EMAIL.test(email) ? email : undefined
}
const EMAIL_LENGTH_MAX = 254
/** One @ with something on both sides, and nothing that could act on a terminal or split a header. */
const EMAIL = /^[^\s@\p{C}"(),:;<>[\\\]]+@[^\s@\p{C}"(),:;<>[\\\]]+$/u

function toPerson(row: PersonRow): Person {
  return {
    personId: row.person_id,
    email: row.email,
    passwordHash: row.password_hash ?? undefined,
    passwordOrganizationId: row.password_organization_id ?? undefined,
    secondFactor: row.second_factor ?? undefined,
    secondFactorOffered: row.second_factor_offered ?? undefined,
    secondFactorStep: row.second_factor_step,
  }
}
