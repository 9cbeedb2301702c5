import type { SharedSignerStore, SignerStore } from './signer-store.js'
import { openSqliteSignerStore } from './sqlite/sqlite-signer-store.js'

/** Where the signer remembers what it signed, in a form that threads can be given. */
export type SignerPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** `setting` is where the URL is from, for messages. */
  | { readonly kind: 'postgres'; readonly url: string; readonly setting: 'database_url' | 'signer_url' }

/** Apart from everything else, so that it can have another owner and other backups. */
export const SIGNER_SCHEMA = 'counterfoil_signer'

/** Opens the signer's state; makes it when it is not there. `root` is what the keys derive from, 32 bytes. */
export async function openSignerStore(
  place: SignerPlace,
  root: Uint8Array,
): Promise<SignerStore | SharedSignerStore> {
  if (place.kind === 'sqlite') return openSqliteSignerStore(place.path, root)
  const { url, setting } = place
  const { openPostgresSignerStore } = await import('./postgres/postgres-signer-store.js')
  return openPostgresSignerStore({ url, setting, schema: SIGNER_SCHEMA, purpose: 'signer' }, root)
}
