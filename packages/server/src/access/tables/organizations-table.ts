import { AppError } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { Sql } from '../../sql/sql-database.js'

export interface Organization {
  readonly id: string
  /** Lower-case letters, digits and hyphens; what people type. */
  readonly slug: string
  readonly name: string
  readonly createdAt: number
  /** Whether people may be shown their personal tokens again after they were made. */
  readonly viewTokensAgain: boolean
  /** Whether a password alone does not lead in. */
  readonly secondFactorRequired: boolean
  /** Since when nobody gets in and no key of it does anything; undefined when it is not suspended. Milliseconds since 1970. */
  readonly suspendedAt?: number
  /** Whether anybody may have what proves its logs; what entries say is never in it. */
  readonly publicEvidence: boolean
}

/** What an organization's people may change of it. */
export type OrganizationChange = Partial<
  Pick<Organization, 'name' | 'viewTokensAgain' | 'secondFactorRequired' | 'publicEvidence'>
>

/** The organization of whoever runs this installation. Its slug is none that a customer could have. */
export const PLATFORM_SLUG = '_platform'

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

interface OrganizationRow {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly created_at: number
  readonly view_tokens_again: number
  readonly second_factor_required: number
  readonly suspended_at: number | null
  readonly public_evidence: number
}

/** Tenants, and the one internal organization of the platform's operators. */
export class OrganizationsTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Customers, oldest first. */
  async list(): Promise<readonly Organization[]> {
    const rows = await this.#sql.all<OrganizationRow>(
      'SELECT * FROM organizations WHERE internal = 0 ORDER BY created_at, slug',
    )
    return rows.map(toOrganization)
  }

  async find(slugOrId: string): Promise<Organization | undefined> {
    const row = await this.#sql.get<OrganizationRow>(
      'SELECT * FROM organizations WHERE slug = ? OR id = ?',
      slugOrId,
      slugOrId,
    )
    return row === undefined ? undefined : toOrganization(row)
  }

  /** Throws `slug_taken`, or `invalid_request` for a slug of the wrong form. */
  async create(slug: string, name: string): Promise<Organization> {
    if (!SLUG.test(slug)) {
      throw new AppError('invalid_request', {
        param: 'slug',
        hint: `"${slug}" is not a slug: use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.`,
      })
    }
    const made = await this.#insert(slug, name, 0)
    if (made === undefined)
      throw new AppError('slug_taken', { param: 'slug', hint: `Choose another slug than "${slug}".` })
    return made
  }

  /** The platform's own organization, made when it is first asked for. */
  async platform(): Promise<Organization> {
    if ((await this.find(PLATFORM_SLUG)) === undefined) await this.#insert(PLATFORM_SLUG, 'Platform', 1)
    return (await this.find(PLATFORM_SLUG)) as Organization
  }

  async update(
    id: string,
    { name, viewTokensAgain, secondFactorRequired, publicEvidence }: OrganizationChange,
  ): Promise<void> {
    if (name !== undefined) await this.#sql.run('UPDATE organizations SET name = ? WHERE id = ?', name, id)
    if (viewTokensAgain !== undefined) {
      await this.#sql.run(
        'UPDATE organizations SET view_tokens_again = ? WHERE id = ?',
        viewTokensAgain ? 1 : 0,
        id,
      )
    }
    if (secondFactorRequired !== undefined) {
      await this.#sql.run(
        'UPDATE organizations SET second_factor_required = ? WHERE id = ?',
        secondFactorRequired ? 1 : 0,
        id,
      )
    }
    if (publicEvidence !== undefined) {
      await this.#sql.run(
        'UPDATE organizations SET public_evidence = ? WHERE id = ?',
        publicEvidence ? 1 : 0,
        id,
      )
    }
  }

  /** Suspends from `at` on, milliseconds since 1970, or lets in again. */
  async setSuspended(id: string, at: number | undefined): Promise<void> {
    await this.#sql.run('UPDATE organizations SET suspended_at = ? WHERE id = ?', at ?? null, id)
  }

  async isSuspended(id: string): Promise<boolean> {
    return (
      (await this.#sql.get('SELECT 1 FROM organizations WHERE id = ? AND suspended_at IS NOT NULL', id)) !==
      undefined
    )
  }

  async #insert(slug: string, name: string, internal: 0 | 1): Promise<Organization | undefined> {
    const settings = { viewTokensAgain: false, secondFactorRequired: false, publicEvidence: false }
    const organization = { id: uuidV7(), slug, name, createdAt: Date.now(), ...settings }
    const changes = await this.#sql.run(
      'INSERT INTO organizations (id, slug, name, created_at, internal) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      organization.id,
      slug,
      name,
      organization.createdAt,
      internal,
    )
    return changes === 0 ? undefined : organization
  }
}

/** Whether this is the organization of the platform's operators. */
export function isPlatform({ slug }: Organization): boolean {
  return slug === PLATFORM_SLUG
}

function toOrganization(row: OrganizationRow): Organization {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    createdAt: row.created_at,
    viewTokensAgain: row.view_tokens_again === 1,
    secondFactorRequired: row.second_factor_required === 1,
    ...(row.suspended_at === null ? {} : { suspendedAt: row.suspended_at }),
    publicEvidence: row.public_evidence === 1,
  }
}
