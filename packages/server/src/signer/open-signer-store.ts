import type { SharedSignerStore, SignerStore } from './signer-store.js'
import { openSqliteSignerStore } from './sqlite/sqlite-signer-store.js'

/** Where the signer remembers what it signed, in a form that threads can be given. */
export type SignerPlace = { readonly kind: 'sqlite'; readonly path: string }

/** Opens the signer's state; makes it when it is not there. `root` is what the keys derive from, 32 bytes. */
export function openSignerStore(
  place: SignerPlace,
  root: Uint8Array,
): Promise<SignerStore | SharedSignerStore> {
  return openSqliteSignerStore(place.path, root)
}
