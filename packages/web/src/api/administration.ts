import type { Mode } from './me.js'

// What the administration's routes answer, as far as the page shows it.

/** `object: list` of the administration: whole, without pages. */
export interface Listed<T> {
  readonly data: readonly T[]
}

/** A page of a list that may be long. */
export interface ListPage<T> extends Listed<T> {
  readonly next_cursor: string | null
}

export interface Organization {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly view_tokens_again: boolean
  readonly second_factor_required: boolean
  /** When operators of the platform suspended it; null while it is let in. */
  readonly suspended_at: string | null
  readonly created_at: string
}

export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  /** Name of the role. */
  readonly role: string
  readonly created_at: string
}

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string | null
  readonly created_by: string
  readonly created_at: string
  readonly expires_at: string
}

/** What a person is sent: mailed, or shown once to whoever made it. */
export interface MadeLink {
  readonly email: string
  readonly mailed: boolean
  readonly link: string | null
  readonly expires_at: string
}

export interface Role {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly built_in: boolean
  readonly permissions: readonly string[]
}

export interface Permission {
  readonly name: string
  readonly description: string
  readonly scope: string | null
}

export interface ApiKey {
  readonly id: string
  readonly kind: 'api_key' | 'key_pair' | 'personal_token'
  readonly name: string
  readonly mode: Mode
  readonly scopes: readonly string[]
  readonly status: 'active' | 'revoked' | 'expired'
  readonly created_by: string | null
  readonly allowed_addresses: readonly string[] | null
  readonly created_at: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly revoked_at: string | null
}

/** With what proves it, shown once. */
export interface NewKey extends ApiKey {
  readonly token: string
  readonly secret?: string
}

export interface Session {
  readonly id: string
  readonly email?: string
  readonly form: 'token' | 'cookie'
  readonly method: 'password' | 'sso'
  readonly second_factor: boolean
  readonly current: boolean
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly created_at: string
  readonly last_used_at: string
  readonly expires_at: string
}

export interface Workspace {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly created_at: string
}

export interface Sso {
  readonly issuer: string
  readonly client_id: string
  readonly has_client_secret: boolean
  readonly domains: readonly string[]
  readonly default_role: string | null
  readonly auto_create: boolean
  readonly required: boolean
}

export interface SupportAccess {
  readonly id: string
  readonly organization_id: string
  readonly operator: string
  readonly reason: string
  readonly active: boolean
  readonly created_at: string
  readonly expires_at: string
  readonly ended_at: string | null
}

export interface SecondFactorOffer {
  readonly secret: string
  readonly otpauth_url: string
}
