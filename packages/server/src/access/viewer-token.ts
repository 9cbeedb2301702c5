import { type Filter, MODES, type Mode, parseSearch } from '@counterfoil/core'
import type { Secrets } from './secrets.js'

/** What a viewer token says of itself. It is signed, not stored; it is worth something as long as its key is. */
export interface ViewerGrant {
  readonly id: string
  /** The API key that made it. */
  readonly keyId: string
  readonly mode: Mode
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Who is going to look, as the maker said; empty for nothing. */
  readonly viewer: string
  /** Search text that every read is narrowed to; empty for everything. */
  readonly query: string
  readonly mayExport: boolean
}

const HEAD = 'cf_view_'
const FORM = /^cf_view_(live|test)_([A-Za-z0-9_-]{1,8192})\.([A-Za-z0-9_-]{43})$/

/** The token of a grant. */
export function makeViewerToken(secrets: Secrets, grant: ViewerGrant): string {
  const { id, keyId, mode, expiresAt, viewer, query, mayExport } = grant
  const payload = Buffer.from(JSON.stringify([id, keyId, expiresAt, viewer, query, mayExport]))
  const unsigned = `${HEAD}${mode}_${payload.toString('base64url')}`
  return `${unsigned}.${Buffer.from(secrets.sign('viewer_token', unsigned)).toString('base64url')}`
}

export function isViewerTokenForm(token: string): boolean {
  return token.startsWith(HEAD)
}

/** The grant of a token; undefined when we did not sign it. Whether it still holds is for the caller. */
export function readViewerToken(secrets: Secrets, token: string): ViewerGrant | undefined {
  const match = FORM.exec(token)
  if (match === null) return undefined
  const [, mode, payload, signature] = match as unknown as [string, string, string, string]
  const bytes = Buffer.from(signature, 'base64url')
  // Base64url of 32 bytes has spare bits: only the one canonical spelling is taken.
  if (bytes.toString('base64url') !== signature || !MODES.includes(mode as Mode)) return undefined
  if (!secrets.isSigned('viewer_token', token.slice(0, token.lastIndexOf('.')), bytes)) return undefined
  const [id, keyId, expiresAt, viewer, query, mayExport] = JSON.parse(
    Buffer.from(payload, 'base64url').toString('utf8'),
  ) as [string, string, number, string, string, boolean]
  return { id, keyId, mode: mode as Mode, expiresAt, viewer, query, mayExport }
}

/**
 * What a viewer token's search text narrows reads to; undefined for everything. A string says what is wrong with the
 * text: times are, because a token of an hour must not mean another hour each time it is used.
 */
export function viewerFilter(query: string): { readonly filter: Filter | undefined } | string {
  if (query === '') return { filter: undefined }
  const parsed = parseSearch(query, 0)
  if (!parsed.ok) return parsed.problems[0]?.message ?? 'It cannot be understood.'
  const { from, to, filter } = parsed.selection
  return from === undefined && to === undefined ? { filter } : 'It must not hold times.'
}
