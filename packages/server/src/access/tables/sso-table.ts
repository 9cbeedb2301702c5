import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

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
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async find(organizationId: string): Promise<Sso | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<SsoRow>('SELECT * FROM sso WHERE organization_id = ?', organizationId)
    return row === undefined ? undefined : toSso(row)
  }

  async set(sso: Omit<Sso, 'updatedAt'>): Promise<void> {
    await this.#sql.of(sso.organizationId).run(
      `INSERT INTO sso (organization_id, issuer, client_id, sealed_secret, domains, default_role, auto_create, required,
         updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id) DO UPDATE SET issuer = excluded.issuer,
       client_id = excluded.client_id, sealed_secret = excluded.sealed_secret, domains = excluded.domains,
       default_role = excluded.default_role, auto_create = excluded.auto_create, required = excluded.required,
       updated_at = excluded.updated_at`,
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

  async remove(organizationId: string): Promise<void> {
    await this.#sql.of(organizationId).run('DELETE FROM sso WHERE organization_id = ?', organizationId)
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM sso_subjects WHERE organization_id = ?', organizationId)
  }

  async withSecret(): Promise<readonly Sso[]> {
    const rows = await this.#sql
      .of(EVERY_ORGANIZATION)
      .all<SsoRow>('SELECT * FROM sso WHERE sealed_secret IS NOT NULL')
    return rows.map(toSso)
  }

  async setSealedSecret(organizationId: string, sealed: Uint8Array | null): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('UPDATE sso SET sealed_secret = ? WHERE organization_id = ?', sealed, organizationId)
  }

  /** The person whom a provider's subject was known as before. */
  async findSubject({ organizationId, issuer }: Sso, subject: string): Promise<string | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<{ person_id: string }>(
        'SELECT person_id FROM sso_subjects WHERE organization_id = ? AND issuer = ? AND subject = ?',
        organizationId,
        issuer,
        subject,
      )
    return row?.person_id
  }

  /** The provider's subject of a person, once they have signed in there. */
  async findSubjectOf({ organizationId, issuer }: Sso, personId: string): Promise<string | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<{ subject: string }>(
        'SELECT subject FROM sso_subjects WHERE organization_id = ? AND issuer = ? AND person_id = ?',
        organizationId,
        issuer,
        personId,
      )
    return row?.subject
  }

  async setSubject({ organizationId, issuer }: Sso, subject: string, personId: string): Promise<void> {
    await this.#sql.of(organizationId).run(
      `INSERT INTO sso_subjects (organization_id, issuer, subject, person_id) VALUES (?, ?, ?, ?)
       ON CONFLICT (organization_id, issuer, subject) DO UPDATE SET person_id = excluded.person_id`,
      organizationId,
      issuer,
      subject,
      personId,
    )
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
