import type { Sql } from '../sql/sql-database.js'
import type { AccessRecords } from './access-store.js'
import type { LastUses } from './last-uses.js'
import type { Secrets } from './secrets.js'
import { CatalogueTable } from './tables/catalogue-table.js'
import { EpochRequestsTable } from './tables/epoch-requests-table.js'
import { ErasuresTable } from './tables/erasures-table.js'
import { IntegrityTable } from './tables/integrity-table.js'
import { KeyRotationsTable } from './tables/key-rotations-table.js'
import { KeysTable } from './tables/keys-table.js'
import { LinksTable } from './tables/links-table.js'
import { MasterKeyTable } from './tables/master-key-table.js'
import { MembershipsTable } from './tables/memberships-table.js'
import { OrganizationsTable } from './tables/organizations-table.js'
import { OutboxTable } from './tables/outbox-table.js'
import { PendingSignInsTable } from './tables/pending-sign-ins-table.js'
import { PeopleTable } from './tables/people-table.js'
import { RecoveryCodesTable } from './tables/recovery-codes-table.js'
import { RetentionTables } from './tables/retention-tables.js'
import { RolesTable } from './tables/roles-table.js'
import { SavedViewsTable } from './tables/saved-views-table.js'
import { type SessionLimits, SessionsTable } from './tables/sessions-table.js'
import { SsoTable } from './tables/sso-table.js'
import { SupportAccessesTable } from './tables/support-accesses-table.js'
import { WorkspacesTable } from './tables/workspaces-table.js'

/** What the records of one store have in common, whichever transaction they are seen through. */
export interface RecordsOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly sessionUses: LastUses
  readonly sessionLimits: SessionLimits | undefined
}

/** The tables over a database or one transaction of it. */
export class SqlAccessRecords implements AccessRecords {
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
  readonly now: () => number
  secrets: Secrets | undefined

  constructor(
    sql: Sql,
    { now, sessionUses, sessionLimits }: RecordsOptions,
    secrets: Secrets | undefined = undefined,
  ) {
    this.now = now
    this.secrets = secrets
    this.tenants = new OrganizationsTable(sql)
    this.people = new PeopleTable(sql)
    this.memberships = new MembershipsTable(sql)
    this.roles = new RolesTable(sql)
    this.workspaces = new WorkspacesTable(sql)
    this.savedViews = new SavedViewsTable(sql)
    this.apiKeys = new KeysTable(sql)
    this.sessions = new SessionsTable(sql, now, sessionUses, sessionLimits)
    this.pendingSignIns = new PendingSignInsTable(sql, now)
    this.recoveryCodes = new RecoveryCodesTable(sql)
    this.links = new LinksTable(sql, now)
    this.sso = new SsoTable(sql)
    this.supportAccesses = new SupportAccessesTable(sql)
    this.catalogue = new CatalogueTable(sql)
    this.outbox = new OutboxTable(sql)
    this.integrity = new IntegrityTable(sql)
    this.erasures = new ErasuresTable(sql)
    this.keyRotations = new KeyRotationsTable(sql)
    this.epochRequests = new EpochRequestsTable(sql)
    this.retention = new RetentionTables(sql)
    this.masterKey = new MasterKeyTable(sql)
  }
}
