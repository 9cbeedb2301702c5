import type { Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'
import {
  type ApiKey,
  hashSecret,
  isSecret,
  type KeyKind,
  makePair,
  makePersonalToken,
  makeToken,
  type RateClass,
  type Scope,
  type TokenStyle,
} from '../api-key.js'
import { permissionsOfScopes } from '../permissions.js'
import type { Organization } from './organizations-table.js'

export interface KeyRequest {
  readonly organization: Pick<Organization, 'id'>
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  readonly name: string
  /** `api_key` when left out. */
  readonly kind?: KeyKind
  /** Head of an API key's token; `cf` when left out. */
  readonly style?: TokenStyle
  /** `standard` when left out. */
  readonly rateClass?: RateClass
  /** The person who makes it. A personal token without one is nobody's and keeps its scopes. */
  readonly personId?: string
  /** Milliseconds since 1970; never when left out. */
  readonly expiresAt?: number
  /** Addresses and blocks that it may be used from; anywhere when left out. */
  readonly allowedAddresses?: readonly string[]
}

export interface NewKey {
  /** What the caller sends; of a key pair, the key. */
  readonly token: string
  /** Of a key pair alone. */
  readonly secret?: string
  readonly key: ApiKey
}

/** A key with the person it belongs to as only the tables know it: by id. */
export interface StoredKey extends ApiKey {
  readonly personId?: string
}

interface KeyRow {
  readonly key_id: string
  readonly kind: string
  readonly organization_id: string
  readonly mode: string
  readonly scopes: string
  readonly name: string
  readonly rate_class: string
  readonly secret_hash: Uint8Array
  readonly created_at: number
  readonly person_id: string | null
  readonly expires_at: number | null
  readonly allowed_addresses: string | null
  readonly last_used_at: number | null
  readonly revoked_at: number | null
  readonly sealed_token: Uint8Array | null
}

const SECRET_HASH_BYTES = 32

/** API keys, key pairs and personal tokens; never their secrets, only what proves them. */
export class KeysTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async create(request: KeyRequest): Promise<NewKey & { readonly key: StoredKey }> {
    const { organization, mode, scopes, name, kind = 'api_key', style = 'cf' } = request
    const { personId, expiresAt, allowedAddresses, rateClass = 'standard' } = request
    const made = makeCredential(kind, mode, style)
    await this.#sql.of(organization.id).run(
      `INSERT INTO api_keys (key_id, kind, organization_id, mode, scopes, name, rate_class, secret_hash, created_at,
         person_id, expires_at, allowed_addresses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      made.keyId,
      kind,
      organization.id,
      mode,
      scopes.join(' '),
      name,
      rateClass,
      made.secretHash,
      Date.now(),
      personId ?? null,
      expiresAt ?? null,
      allowedAddresses === undefined ? null : allowedAddresses.join(' '),
    )
    const key = (await this.find(made.keyId)) as StoredKey
    return { token: made.token, ...(made.secret === undefined ? {} : { secret: made.secret }), key }
  }

  /** Keys of an organization, oldest first. Revoked ones are kept, without what proved them. */
  async list(organizationId: string): Promise<readonly StoredKey[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<KeyRow>(
        'SELECT * FROM api_keys WHERE organization_id = ? ORDER BY created_at, key_id',
        organizationId,
      )
    return rows.map(toKey)
  }

  /** The key with this id, revoked or expired ones as well. */
  async find(keyId: string): Promise<StoredKey | undefined> {
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<KeyRow>('SELECT * FROM api_keys WHERE key_id = ?', keyId)
    return row === undefined ? undefined : toKey(row)
  }

  /** The key of this kind that the secret proves, unless it was revoked. Whether it has expired is for the caller. */
  async findWithSecret(keyId: string, kind: KeyKind, secret: string): Promise<StoredKey | undefined> {
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<KeyRow>('SELECT * FROM api_keys WHERE key_id = ?', keyId)
    return row !== undefined &&
      row.kind === kind &&
      row.revoked_at === null &&
      isSecret(secret, row.secret_hash)
      ? toKey(row)
      : undefined
  }

  async findPersonalToken(token: string): Promise<StoredKey | undefined> {
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<KeyRow>(
        "SELECT * FROM api_keys WHERE kind = 'personal_token' AND secret_hash = ? AND revoked_at IS NULL",
        hashSecret(token),
      )
    return row === undefined ? undefined : toKey(row)
  }

  /** False when there is no such key, or it was revoked before. */
  async revoke(keyId: string): Promise<boolean> {
    const changes = await this.#sql.of(EVERY_ORGANIZATION).run(
      `UPDATE api_keys SET revoked_at = ?, secret_hash = ?, sealed_token = NULL
         WHERE key_id = ? AND revoked_at IS NULL`,
      Date.now(),
      new Uint8Array(SECRET_HASH_BYTES),
      keyId,
    )
    return changes > 0
  }

  /** Personal tokens go with the membership of the person. Returns how many there were. */
  async revokePersonalTokensOf(organizationId: string, personId: string): Promise<number> {
    const own = (await this.list(organizationId)).filter(
      ({ kind, personId: of, revokedAt }) =>
        kind === 'personal_token' && of === personId && revokedAt === undefined,
    )
    for (const { keyId } of own) await this.revoke(keyId)
    return own.length
  }

  /** Notes when keys were used last; `uses` maps key ids to milliseconds since 1970. */
  async noteUses(uses: ReadonlyMap<string, number>): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).runEach(
      'UPDATE api_keys SET last_used_at = ? WHERE key_id = ?',
      [...uses].map(([keyId, usedAt]) => [usedAt, keyId]),
    )
  }

  async sealToken(keyId: string, sealed: Uint8Array): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE api_keys SET sealed_token = ? WHERE key_id = ?', sealed, keyId)
  }

  async sealedToken(keyId: string): Promise<Uint8Array | undefined> {
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<KeyRow>('SELECT * FROM api_keys WHERE key_id = ?', keyId)
    return row?.sealed_token ?? undefined
  }

  /** Every sealed token there is, to seal it anew. */
  async sealedTokens(): Promise<readonly { readonly keyId: string; readonly sealed: Uint8Array }[]> {
    const rows = await this.#sql
      .of(EVERY_ORGANIZATION)
      .all<KeyRow>('SELECT key_id, sealed_token FROM api_keys WHERE sealed_token IS NOT NULL')
    return rows.map(({ key_id, sealed_token }) => ({
      keyId: key_id,
      sealed: sealed_token as Uint8Array,
    }))
  }

  async forgetSealedToken(keyId: string): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE api_keys SET sealed_token = NULL WHERE key_id = ?', keyId)
  }

  /** Forgets the sealed tokens of an organization: they can no longer be shown, and work as before. */
  async forgetSealedTokens(organizationId: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('UPDATE api_keys SET sealed_token = NULL WHERE organization_id = ?', organizationId)
  }
}

function makeCredential(
  kind: KeyKind,
  mode: Mode,
  style: TokenStyle,
): ReturnType<typeof makeToken> & { readonly secret?: string } {
  if (kind === 'key_pair') return makePair()
  return kind === 'personal_token' ? makePersonalToken() : makeToken(mode, style)
}

function toKey(row: KeyRow): StoredKey {
  const scopes = row.scopes.split(' ').filter((scope) => scope !== '') as Scope[]
  return {
    keyId: row.key_id,
    kind: row.kind as KeyKind,
    organizationId: row.organization_id,
    mode: row.mode as Mode,
    scopes,
    permissions: permissionsOfScopes(scopes),
    name: row.name,
    rateClass: row.rate_class as RateClass,
    createdAt: row.created_at,
    ...(row.person_id === null ? {} : { personId: row.person_id }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.allowed_addresses === null ? {} : { allowedAddresses: row.allowed_addresses.split(' ') }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  }
}
