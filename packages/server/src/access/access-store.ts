import type { LogName, Mode } from '@counterfoil/core'
import type { ApiKey } from './api-key.js'
import type { Secrets } from './secrets.js'
import type { SessionRefusal } from './session-keys.js'
import type { CatalogueTable } from './tables/catalogue-table.js'
import type { EpochRequestsTable } from './tables/epoch-requests-table.js'
import type { ErasuresTable } from './tables/erasures-table.js'
import type { IntegrityTable } from './tables/integrity-table.js'
import type { KeyRotationsTable } from './tables/key-rotations-table.js'
import type { KeyRequest, KeysTable, NewKey } from './tables/keys-table.js'
import type { LinksTable } from './tables/links-table.js'
import type { MasterKeyTable } from './tables/master-key-table.js'
import type { MembershipsTable } from './tables/memberships-table.js'
import type { Organization, OrganizationsTable } from './tables/organizations-table.js'
import type { OutboxTable } from './tables/outbox-table.js'
import type { PendingSignInsTable } from './tables/pending-sign-ins-table.js'
import type { PeopleTable } from './tables/people-table.js'
import type { RecoveryCodesTable } from './tables/recovery-codes-table.js'
import type { RetentionTables } from './tables/retention-tables.js'
import type { RolesTable } from './tables/roles-table.js'
import type { SavedViewsTable } from './tables/saved-views-table.js'
import type { SessionLimits, SessionsTable } from './tables/sessions-table.js'
import type { SsoTable } from './tables/sso-table.js'
import type { SupportAccessesTable } from './tables/support-accesses-table.js'
import type { WorkspacesTable } from './tables/workspaces-table.js'

export type { KeyRequest, NewKey } from './tables/keys-table.js'
export type { Organization } from './tables/organizations-table.js'
export type { NewSession } from './tables/sessions-table.js'

/** The tables, each with its own reads and writes. */
export interface AccessTables {
  readonly tenants: OrganizationsTable
  readonly people: PeopleTable
  readonly memberships: MembershipsTable
  readonly roles: RolesTable
  readonly workspaces: WorkspacesTable
  readonly savedViews: SavedViewsTable
  readonly apiKeys: KeysTable
  readonly sessions: SessionsTable
  readonly supportAccesses: SupportAccessesTable
  readonly pendingSignIns: PendingSignInsTable
  readonly recoveryCodes: RecoveryCodesTable
  readonly links: LinksTable
  readonly sso: SsoTable
  readonly catalogue: CatalogueTable
  readonly outbox: OutboxTable
  readonly integrity: IntegrityTable
  readonly erasures: ErasuresTable
  readonly keyRotations: KeyRotationsTable
  readonly epochRequests: EpochRequestsTable
  readonly retention: RetentionTables
  readonly masterKey: MasterKeyTable
}

/** What is known of access: as it is now, or, within a transaction, as that has changed it. */
export interface AccessRecords extends AccessTables {
  /** Milliseconds since 1970, by the clock that sessions and links go by. */
  readonly now: () => number
  /** Encrypting and signing; undefined at the command line, which does without. */
  readonly secrets: Secrets | undefined
}

/** How a store is opened. */
export interface AccessStoreOptions {
  /** Milliseconds since 1970; a test may have a clock of its own for sessions and links. */
  readonly now?: () => number
  readonly sessionLimits?: SessionLimits
  /** Told when it could not be noted when keys and sessions were used; that is tried again. */
  readonly onError?: (error: unknown) => void
}

/** A key as of a version of the store. */
export interface RecalledKey {
  readonly key: ApiKey
  readonly version: number
}

/** What a request with a session's cookie says of where it leads. */
export interface CookieTarget {
  /** Slug or id; the session's present organization when left out. */
  readonly organization?: string
  /** The session's present mode when left out. */
  readonly mode?: Mode
}

/**
 * Organizations, keys and people. Several processes may hold the same store open (the server and the command
 * line do), and what one of them changes holds for the next request in every other.
 *
 * Its own methods change without a trace, as a test wants it. The product changes through `administration/`, which
 * commits each change together with the entry about it.
 */
export interface AccessStore extends AccessRecords {
  /** Customers, without the platform's own organization. */
  organizations(): Promise<readonly Organization[]>
  findOrganization(slugOrId: string): Promise<Organization | undefined>
  /** Throws `slug_taken`, or `invalid_request` for a slug of the wrong form. */
  createOrganization(slug: string, name?: string): Promise<Organization>
  createKey(request: KeyRequest): Promise<NewKey>
  /** Keys that were not revoked. */
  keys(organization: Organization): Promise<readonly ApiKey[]>
  /** Takes effect on the next request. Throws `not_found`. */
  revokeKey(keyId: string): Promise<void>
  /** The key that a bearer token stands for; undefined when there is none, or none any more. */
  authenticate(token: string): Promise<ApiKey | undefined>
  /**
   * What the token was found to stand for when the store was last asked, and the version of the store then. Nothing is asked: whoever goes by
   * it has the version confirmed where they act, as `Journal.append` does. Undefined when nothing is remembered, and where
   * nobody could confirm it.
   */
  recall(token: string): RecalledKey | undefined
  /** What the cookie of a session stands for, or why it stands for nothing. */
  authenticateCookie(value: string, target?: CookieTarget): Promise<ApiKey | SessionRefusal>
  /** The key pair of this key and secret; undefined when there is none, or none any more. */
  authenticatePair(keyId: string, secret: string): Promise<ApiKey | undefined>
  /**
   * The same key as it is now: undefined when it was revoked, has expired, or its person has left; with other
   * permissions when the person's role has changed. For requests that go on for long.
   */
  refresh(key: ApiKey): Promise<ApiKey | undefined>
  /**
   * `catalogue.revisionFor`, remembered: as it was when the store was last found to have changed, which is looked at with
   * each request that brings a credential. Costs nothing worth counting.
   */
  catalogueRevision(log: LogName): Promise<number | undefined>
  /** Leaves nothing of deleted entries about ourselves in unused parts of the store's files. False: ask again. */
  scrub(): Promise<boolean>
  /**
   * Runs `work` in one durable transaction; rolls back when it throws. Everything in it goes through the records it is given:
   * what it changes is not to be seen anywhere else before it is committed.
   */
  transaction<T>(work: (access: AccessRecords) => Promise<T>): Promise<T>
  /** Encrypting and signing; undefined at the command line, which does without. */
  secrets: Secrets | undefined
  close(): Promise<void>
}
