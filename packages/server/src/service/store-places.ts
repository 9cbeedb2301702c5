import type { LedgerPlace } from '../ledger/open-ledger.js'
import type { Settings } from '../settings/settings.js'
import type { SignerPlace } from '../signer/open-signer-store.js'
import { dataPaths } from './data-directory.js'

/** Where the settings put the ledger. */
export function ledgerPlace({ data }: Pick<Settings, 'data'>): LedgerPlace {
  return { kind: 'sqlite', path: dataPaths(data).ledger }
}

/** Where the settings put what the signer remembers. */
export function signerPlace({ data }: Pick<Settings, 'data'>): SignerPlace {
  return { kind: 'sqlite', path: dataPaths(data).signer }
}
