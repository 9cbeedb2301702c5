import { randomUUID } from 'node:crypto'
import type { Database } from '../../sqlite/driver.js'

/** Somebody who may sign in. One person has one e-mail address, however many organizations they belong to. */
export interface Person {
  /** Random, so that it does not tell one organization since when another one has known the person. */
  readonly personId: string
  /** Normalised: see `normaliseEmail`. */
  readonly email: string
  /** argon2id; undefined while the person has no password. */
  readonly passwordHash: string | undefined
}

interface PersonRow {
  readonly person_id: string
  readonly email: string
  readonly password_hash: string | null
}

export class PeopleTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  find(email: string): Person | undefined {
    const row = this.#database.prepare('SELECT * FROM people WHERE email = ?').get(email)
    return row === undefined ? undefined : toPerson(row as unknown as PersonRow)
  }

  create(email: string): Person {
    const personId = randomUUID()
    this.#database
      .prepare('INSERT INTO people (person_id, email, password_hash, created_at) VALUES (?, ?, NULL, ?)')
      .run(personId, email, Date.now())
    return { personId, email, passwordHash: undefined }
  }

  /** `passwordHash` comes from `hashPassword`. */
  setPassword(personId: string, passwordHash: string): void {
    this.#database
      .prepare('UPDATE people SET password_hash = ? WHERE person_id = ?')
      .run(passwordHash, personId)
  }

  /** Forgets a person who belongs to no organization any more. */
  removeIfNowhere(personId: string): void {
    this.#database
      .prepare(
        'DELETE FROM people WHERE person_id = ?1 AND NOT EXISTS (SELECT 1 FROM memberships WHERE person_id = ?1)',
      )
      .run(personId)
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

function toPerson({ person_id, email, password_hash }: PersonRow): Person {
  return { personId: person_id, email, passwordHash: password_hash ?? undefined }
}
