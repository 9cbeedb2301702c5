import { AppError } from '@counterfoil/core'
import type { Logger } from 'pino'
import { type LedgerPlace, openLedgerReader } from '../ledger/open-ledger.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import type { ThreadClient } from '../threads/thread-call.js'

/** Logs that are looked at: a ledger that is another one lacks any of them. */
const LOOKED_AT = 16

/** A start does not wait long for a store that is away. */
const PATIENCE = { attempts: 2, attemptMs: 3_000 }

/**
 * Looks at an object store before anything depends on it. Throws `invalid_setting` when it cannot be used, or is not the ledger
 * that the journal's rows were trimmed against; one that is away is waited for later.
 */
export async function prepareLedger(
  place: LedgerPlace,
  reading: Pick<ThreadClient<ReadingMethods>, 'heads'>,
  logger: Logger,
): Promise<void> {
  if (place.kind !== 's3') return
  const ledger = await openLedgerReader({ ...place, bounds: { ...place.bounds, ...PATIENCE } })
  try {
    await ledger.version()
    const heads = await reading.heads()
    for (const { origin, trimmedSize } of heads.filter((head) => head.trimmedSize > 0).slice(0, LOOKED_AT)) {
      if ((await ledger.size(origin)) >= trimmedSize) continue
      throw new AppError('invalid_setting', {
        param: 'ledger_url',
        hint: `Entries of ${origin} are in neither the journal nor the ledger that ledger_url names: name the one they were put into.`,
      })
    }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'object_storage_unavailable')) throw error
    logger.warn(`${error.hint} Recording goes on; entries are signed when it is there.`)
  } finally {
    await ledger.close()
  }
}
