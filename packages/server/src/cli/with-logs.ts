import { openMasterKey, signingRootOf } from '../access/master-key.js'
import type { JournalReader } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { lent } from '../journal/resting-rows.js'
import type { LedgerReader } from '../ledger/ledger.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { dataPaths } from '../service/data-directory.js'
import { existingJournal, ledgerPlace, signerPlace } from '../service/store-places.js'
import { LogSigner } from '../signer/log-signer.js'
import { openSignerStore } from '../signer/open-signer-store.js'
import { LogKeys } from '../signer/signing-keys.js'
import type { CommandInput } from './command.js'
import { withAccessStore } from './org-commands.js'

/** What is stored and signed of all logs. */
export interface Logs {
  readonly journal: JournalReader
  readonly ledger: LedgerReader
  readonly signer: LogSigner
  readonly keys: LogKeys
}

/** Runs `work` on what is stored and signed of all logs, whether or not a server runs. */
export async function withLogs<T>(input: CommandInput, work: (logs: Logs) => Promise<T>): Promise<T> {
  const { values } = input.settings
  const paths = dataPaths(values.data)
  const place = existingJournal(values)
  const root = await withAccessStore(input, async (store) =>
    signingRootOf(store, await openMasterKey(store, { file: paths.masterKey, setting: values.master_key })),
  )
  const ledger = await openLedgerReader(ledgerPlace(values))
  const journal = await openJournalReader(place, 'logs', async () => lent(ledger))
  try {
    const store = await openSignerStore(signerPlace(values), root)
    try {
      const keys = new LogKeys(root)
      return await work({ journal, ledger, keys, signer: await LogSigner.open(store, keys) })
    } finally {
      await store.close()
    }
  } finally {
    await journal.close()
    await ledger.close()
  }
}
