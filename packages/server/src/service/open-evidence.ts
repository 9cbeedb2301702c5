import type { Logger } from 'pino'
import { Evidence } from '../evidence/evidence.js'
import type { EvidenceMethods, EvidenceThreadSettings } from '../evidence/evidence-thread.js'
import type { LogHead } from '../journal/journal.js'
import type { Settings } from '../settings/settings.js'
import { startThread } from '../threads/thread-call.js'
import { dataPaths } from './data-directory.js'

const CLOSE_MS = 2_000

/** Starts what makes evidence of the journal: the ledger, and the signer. `heads` are those of all logs. */
export async function openEvidence(
  settings: Settings,
  signingRoot: Uint8Array,
  heads: readonly LogHead[],
  logger: Logger,
  fail: (error: Error) => void,
  closers: (() => Promise<void> | void)[],
): Promise<Evidence> {
  const { journal, ledger, signer } = dataPaths(settings.data)
  const thread = startThread<EvidenceMethods>({
    file: new URL('../evidence/evidence-thread.js', import.meta.url),
    name: 'evidence',
    settings: { journal, ledger, signer, signingRoot } satisfies EvidenceThreadSettings,
    onExit: fail,
  })
  closers.push(async () => {
    await thread.methods.close()
    await thread.terminate()
  })
  const evidence = new Evidence({
    thread: thread.methods,
    logs: heads.map(({ log }) => log),
    heartbeatMs: settings.checkpoint_heartbeat_seconds * 1_000,
    onFrozen: ({ origin, frozen }) =>
      logger.error(
        { origin, reason: frozen },
        'FROZEN: what is stored does not extend what was signed; this log is recorded on and not signed any more',
      ),
    onError: (error) => logger.error({ err: error }, 'checkpoints wait to be signed, trying again'),
  })
  await evidence.start()
  closers.push(() => evidence.close(CLOSE_MS))
  return evidence
}
