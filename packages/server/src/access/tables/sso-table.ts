import type { Database } from '../../sqlite/driver.js'

/** How the people of an organization sign in at their own OpenID provider. */
export interface Sso {
  readonly organizationId: string
  /** URL of the provider, as its tokens name it. */
  readonly issuer: string
  readonly clientId: string
  /** The client secret, sealed; undefined for a public client, and when the master key was lost. */
  readonly sealedSecret?: Uint8Array
  /** Domains of e-mail addresses that are let in, in lower case. */
  readonly domains: readonly string[]
  /** Role of a person who is made at their first sign-in. */
  readonly defaultRole: string
  /** Whether somebody of these domains who is unknown here is made a person. */
  readonly autoCreate: boolean
  /** Whether a password leads in no more. */
  readonly required: boolean
  readonly updatedAt: number
}

interface SsoRow {
  readonly organization_id: string
  readonly issuer: string
  readonly client_id: string
  readonly sealed_secret: Uint8Array | null
  readonly domains: string
  readonly default_role: string
  readonly auto_create: number
  readonly required: number
  readonly updated_at: number
}

export class SsoTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  find(organizationId: string): Sso | undefined {
    const row = this.#database.prepare('SELECT * FROM sso WHERE organization_id = ?').get(organizationId)
    return row === undefined ? undefined : toSso(row as unknown as SsoRow)
  }

  set(sso: Omit<Sso, 'updatedAt'>): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO sso VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        sso.organizationId,
        sso.issuer,
        sso.clientId,
        sso.sealedSecret ?? null,
        sso.domains.join(' '),
        sso.defaultRole,
        sso.autoCreate ? 1 : 0,
        sso.required ? 1 : 0,
        Date.now(),
      )
  }

  remove(organizationId: string): void {
    this.#database.prepare('DELETE FROM sso WHERE organization_id = ?').run(organizationId)
    this.#database.prepare('DELETE FROM sso_subjects WHERE organization_id = ?').run(organizationId)
  }

  withSecret(): readonly Sso[] {
    const rows = this.#database.prepare('SELECT * FROM sso WHERE sealed_secret IS NOT NULL').all()
    return (rows as unknown as SsoRow[]).map(toSso)
  }

  setSealedSecret(organizationId: string, sealed: Uint8Array | null): void {
    this.#database
      .prepare('UPDATE sso SET sealed_secret = ? WHERE organization_id = ?')
      .run(sealed, organizationId)
  }

  /** The person whom a provider's subject was known as before. */
  findSubject({ organizationId, issuer }: Sso, subject: string): string | undefined {
    const row = this.#database
      .prepare('SELECT person_id FROM sso_subjects WHERE organization_id = ? AND issuer = ? AND subject = ?')
      .get(organizationId, issuer, subject)
    return (row as { person_id: string } | undefined)?.person_id
  }

  /** The provider's subject of a person, once they have signed in there. */
  findSubjectOf({ organizationId, issuer }: Sso, personId: string): string | undefined {
    const row = this.#database
      .prepare('SELECT subject FROM sso_subjects WHERE organization_id = ? AND issuer = ? AND person_id = ?')
      .get(organizationId, issuer, personId)
    return (row as { subject: string } | undefined)?.subject
  }

  setSubject({ organizationId, issuer }: Sso, subject: string, personId: string): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO sso_subjects VALUES (?, ?, ?, ?)')
      .run(organizationId, issuer, subject, personId)
  }
}

function toSso(row: SsoRow): Sso {
  return {
    organizationId: row.organization_id,
    issuer: row.issuer,
    clientId: row.client_id,
    ...(row.sealed_secret === null ? {} : { sealedSecret: row.sealed_secret }),
    domains: row.domains.split(' '),
    defaultRole: row.default_role,
    autoCreate: row.auto_create === 1,
    required: row.required === 1,
    updatedAt: row.updated_at,
  }
}
