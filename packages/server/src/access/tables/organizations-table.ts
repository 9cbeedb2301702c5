import { AppError } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { Database, Statement } from '../../sqlite/driver.js'

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
  readonly #database: Database
  readonly #isSuspended: Statement

  constructor(database: Database) {
    this.#database = database
    this.#isSuspended = database.prepare(
      'SELECT 1 FROM organizations WHERE id = ? AND suspended_at IS NOT NULL',
    )
  }

  /** Customers, oldest first. */
  list(): readonly Organization[] {
    const rows = this.#database
      .prepare('SELECT * FROM organizations WHERE internal = 0 ORDER BY created_at, slug')
      .all()
    return (rows as unknown as OrganizationRow[]).map(toOrganization)
  }

  find(slugOrId: string): Organization | undefined {
    const row = this.#database
      .prepare('SELECT * FROM organizations WHERE slug = ? OR id = ?')
      .get(slugOrId, slugOrId)
    return row === undefined ? undefined : toOrganization(row as unknown as OrganizationRow)
  }

  /** Throws `slug_taken`, or `invalid_request` for a slug of the wrong form. */
  create(slug: string, name: string): Organization {
    if (!SLUG.test(slug)) {
      throw new AppError('invalid_request', {
        param: 'slug',
        hint: `"${slug}" is not a slug: use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.`,
      })
    }
    const made = this.#insert(slug, name, 0)
    if (made === undefined)
      throw new AppError('slug_taken', { param: 'slug', hint: `Choose another slug than "${slug}".` })
    return made
  }

  /** The platform's own organization, made when it is first asked for. */
  platform(): Organization {
    if (this.find(PLATFORM_SLUG) === undefined) this.#insert(PLATFORM_SLUG, 'Platform', 1)
    return this.find(PLATFORM_SLUG) as Organization
  }

  update(
    id: string,
    { name, viewTokensAgain, secondFactorRequired, publicEvidence }: OrganizationChange,
  ): void {
    if (name !== undefined)
      this.#database.prepare('UPDATE organizations SET name = ? WHERE id = ?').run(name, id)
    if (viewTokensAgain !== undefined) {
      this.#database
        .prepare('UPDATE organizations SET view_tokens_again = ? WHERE id = ?')
        .run(viewTokensAgain ? 1 : 0, id)
    }
    if (secondFactorRequired !== undefined) {
      this.#database
        .prepare('UPDATE organizations SET second_factor_required = ? WHERE id = ?')
        .run(secondFactorRequired ? 1 : 0, id)
    }
    if (publicEvidence !== undefined) {
      this.#database
        .prepare('UPDATE organizations SET public_evidence = ? WHERE id = ?')
        .run(publicEvidence ? 1 : 0, id)
    }
  }

  /** Suspends from `at` on, milliseconds since 1970, or lets in again. */
  setSuspended(id: string, at: number | undefined): void {
    this.#database.prepare('UPDATE organizations SET suspended_at = ? WHERE id = ?').run(at ?? null, id)
  }

  isSuspended(id: string): boolean {
    return this.#isSuspended.get(id) !== undefined
  }

  #insert(slug: string, name: string, internal: 0 | 1): Organization | undefined {
    const settings = { viewTokensAgain: false, secondFactorRequired: false, publicEvidence: false }
    const organization = { id: uuidV7(), slug, name, createdAt: Date.now(), ...settings }
    const { changes } = this.#database
      .prepare(
        'INSERT INTO organizations (id, slug, name, created_at, internal) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(organization.id, slug, name, organization.createdAt, internal)
    return Number(changes) === 0 ? undefined : organization
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
