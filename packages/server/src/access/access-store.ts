import type { Mode } from '@counterfoil/core'
import type { ApiKey, KeyKind, RateClass, Scope, TokenStyle } from './api-key.js'

export interface Organization {
  readonly id: string
  /** Lower-case letters, digits and hyphens; what people type. */
  readonly slug: string
  readonly name: string
  readonly createdAt: number
}

export interface KeyRequest {
  readonly organization: Organization
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  readonly name: string
  /** `api_key` when left out. */
  readonly kind?: KeyKind
  /** Head of an API key's token; `cf` when left out. */
  readonly style?: TokenStyle
  /** `standard` when left out. */
  readonly rateClass?: RateClass
}

export interface NewKey {
  /** What the caller sends; of a key pair, the key. */
  readonly token: string
  /** Of a key pair alone. */
  readonly secret?: string
  readonly key: ApiKey
}

export interface NewSession {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * Organizations, keys and people. Several processes may hold the same store open (the server and the command
 * line do), and what one of them changes holds for the next request in every other.
 */
export interface AccessStore {
  organizations(): readonly Organization[]
  findOrganization(slugOrId: string): Organization | undefined
  /** Throws `slug_taken`, or `invalid_request` for a slug of the wrong form. */
  createOrganization(slug: string, name?: string): Organization
  createKey(request: KeyRequest): NewKey
  keys(organization: Organization): readonly ApiKey[]
  /** Takes effect on the next request. Throws `not_found`. */
  revokeKey(keyId: string): void
  /** The key that a bearer token stands for; undefined when there is none, or none any more. */
  authenticate(token: string): ApiKey | undefined
  /** The key pair of this key and secret; undefined when there is none, or none any more. */
  authenticatePair(keyId: string, secret: string): ApiKey | undefined
  /** Makes a person who may sign in. `passwordHash` comes from `hashPassword`. */
  createPerson(email: string, passwordHash: string, organization: Organization): void
  findPerson(email: string): { readonly passwordHash: string; readonly organizationId: string } | undefined
  /** Starts a session of a person; the token works like an API key of their organization until it expires. */
  createSession(email: string, mode: Mode): NewSession
  close(): void
}
